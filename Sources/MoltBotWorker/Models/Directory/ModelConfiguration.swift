package import ModelProviders
package import MoltBotCore

/// Which models a worker has and how it goes about calling them.
package struct ModelConfiguration: Sendable {
    /// The model of tasks that name none; nil means that they must.
    package var defaultModel: String?
    /// Those that all workspaces share.
    package var deployments: [Deployment]
    /// Those that serve one workspace only, in place of the shared ones of the same model.
    package var ownDeployments: [Workspace: [Deployment]] = [:]
    /// Serves every model name that no deployment has.
    package var catchAll: Deployment?
    /// Whether another key, deployment or model is tried when a call failed.
    package var isFailoverEnabled = true
    /// Between a failed call and the one at another deployment or model.
    package var failoverInterval = Duration.zero
    /// Of the deployments, those in this zone go first; nil: all are alike.
    package var zone: String?
    /// For tasks that name none.
    package var strategy = TaskRequest.Strategy.availability
    package var echo: EchoProvider.Settings
    package var health = HealthPolicy()
    /// How long an answer may be used again, by tasks that ask for it and do not say how long.
    package var cacheLifetime = Duration.seconds(3600)
    package var cacheBytes = 64 * 1024 * 1024
    /// What the tasks of a workspace may ask of all models together.
    package var workspaceLimits: [Workspace: RateLimits] = [:]
    package var credentials = CredentialSource()
    package var prices: PriceTable?

    package init(
        defaultModel: String? = nil, deployments: [Deployment] = [], catchAll: Deployment? = nil,
        echo: EchoProvider.Settings = .init()
    ) {
        self.defaultModel = defaultModel
        self.deployments = deployments
        self.catchAll = catchAll
        self.echo = echo
    }
}
