package import MoltBotCore

/// How a worker works.
package struct WorkerSettings: Sendable {
    /// Model calls at once, for each workspace.
    package let concurrency: Int
    /// Of them, for critical tasks alone.
    package let reservedSlots: Int
    package let workspaces: [Workspace]
    /// For tasks that state no timeout.
    package let taskTimeout: Duration
    /// Tasks that ask for more get this.
    package let maximumTaskTimeout: Duration
    /// The broker's `consumer_timeout` where only a person can know it.
    package let consumerTimeout: Duration?
    package let maximumTaskBytes: Int
    package let gracePeriod: Duration
    /// `task.started` is for attempts that last longer.
    package let startNewsDelay: Duration
    package let retry: RetryPolicy

    /// The contract's limit of a task's timeout.
    private static let day = Duration.seconds(86_400)

    init(_ reader: SettingsReader) throws(SettingsError) {
        concurrency = try reader.wholeNumber(.workerConcurrency, in: 1...65_535)
        reservedSlots = try reader.wholeNumber(.workerReservedSlots, in: 0...65_534)
        workspaces = try reader.list(.workerWorkspaces).map { name throws(SettingsError) in
            guard let workspace = Workspace(name) else {
                throw reader.invalid(.workerWorkspaces, "'\(name)' is no workspace name; one has \(Workspace.rule)")
            }
            return workspace
        }
        let timeout = try reader.duration(.workerTaskTimeout, in: .milliseconds(1)...Self.day)
        let maximum = try reader.duration(.workerMaximumTaskTimeout, in: .milliseconds(1)...Self.day)
        guard timeout <= maximum else {
            throw reader.invalid(
                .workerTaskTimeout, "it is longer than \(SettingKey.workerMaximumTaskTimeout.name) allows; lower it or raise that")
        }
        (taskTimeout, maximumTaskTimeout) = (timeout, maximum)
        consumerTimeout = try reader.optionalDuration(.workerConsumerTimeout, in: .seconds(1)...(Self.day * 365))
        maximumTaskBytes = try reader.size(.workerMaximumTaskBytes, in: 1024...(128 << 20))
        gracePeriod = try reader.duration(.workerGracePeriod, in: .zero...Self.day)
        startNewsDelay = try reader.duration(.workerStartNewsDelay, in: .zero...Self.day)
        retry = RetryPolicy(
            base: try reader.duration(.workerRetryBase, in: .milliseconds(1)...Self.day),
            cap: try reader.duration(.workerRetryCap, in: .milliseconds(1)...Self.day),
            maxRetries: try reader.wholeNumber(.workerRetryMaximum, in: 0...100))
    }
}
