internal import CurlHTTP
internal import ModelProviders
package import MoltBotCore

/// Finds the secrets that deployments name.
package struct CredentialSource: Sendable {
    /// The process's variables.
    package var environment: [String: String]
    /// Opens a sealed secret of the deployment with that name.
    package var open: @Sendable (_ sealed: String, _ deployment: String) throws -> SecretString
    /// The entries of the credentials file.
    package var named: [String: DeploymentCredential]

    package init(
        environment: [String: String] = [:], named: [String: DeploymentCredential] = [:],
        open: @escaping @Sendable (_ sealed: String, _ deployment: String) throws -> SecretString = { _, _ in throw NoSealingKey() }
    ) {
        self.environment = environment
        self.named = named
        self.open = open
    }

    package struct NoSealingKey: Error, CustomStringConvertible {
        package init() {}

        package var description: String { "this process has no key to open sealed secrets with" }
    }

    func key(_ credential: DeploymentCredential, of deployment: String, client: HTTPClient) -> DeploymentKey {
        do {
            let limits = credential.kind == .named ? named[credential.name]?.limits ?? RateLimits() : credential.limits
            return DeploymentKey(name: credential.name, source: try source(credential, of: deployment, client: client), limits: limits)
        } catch {
            return DeploymentKey(
                name: credential.name, source: .missing(reason: "deployment \"\(deployment)\", key \"\(credential.name)\": \(error)"))
        }
    }

    private func source(
        _ credential: DeploymentCredential, of deployment: String, client: HTTPClient
    ) throws -> DeploymentKey.Source {
        switch credential.kind {
        case .apiKey(let secret):
            return .fixed(.apiKey(try reveal(secret, of: deployment)))
        case .oauth2(let oauth):
            let settings = OAuth2Settings(
                tokenURL: oauth.tokenURL, clientID: oauth.clientID, clientSecret: try reveal(oauth.clientSecret, of: deployment),
                scopes: oauth.scopes)
            return .tokens(OAuth2TokenSource(settings, client: client))
        case .named:
            guard let entry = named[credential.name] else {
                throw Missing(description: "the credentials file has no entry of that name")
            }
            guard entry.kind != .named else { throw Missing(description: "the credentials file names another entry in its place") }
            return try source(entry, of: deployment, client: client)
        }
    }

    private func reveal(_ secret: SecretSource, of deployment: String) throws -> SecretString {
        switch secret {
        case .plain(let text): return text
        case .environment(let name):
            guard let value = environment[name], !value.isEmpty else {
                throw Missing(description: "the environment variable \(name) is not set")
            }
            return SecretString(value)
        case .sealed(let text): return try open(text, deployment)
        }
    }

    private struct Missing: Error, CustomStringConvertible {
        let description: String
    }
}
