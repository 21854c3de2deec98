package import MoltBotCore

/// What an operator decides about a worker.
package struct WorkerConfiguration: Sendable {
    /// Tasks of one workspace that run at once, 1 to 65,535. Model calls mostly wait, so this is far above the number of cores.
    package var concurrency = 50
    /// Of ``concurrency``, what only critical tasks get, where the topology has a queue for each lane.
    package var reservedSlots = 2
    /// Each has its own slots: one tenant's batch takes none of another's.
    package var workspaces: [Workspace] = [.default]
    /// `task.started` is announced for attempts that last longer than this.
    package var startNewsDelay = Duration.milliseconds(100)
    /// For one attempt of a task that names no `timeout`.
    package var defaultTimeout = Duration.seconds(300)
    /// Tasks that ask for a longer `timeout` get this one: a call must not outlast the broker's consumer timeout.
    package var maximumTimeout = Duration.seconds(1500)
    /// How long running tasks may go on after the worker was told to stop; the rest goes back to the queue.
    package var gracePeriod = Duration.seconds(30)
    package var maximumTaskBytes = 8 * 1024 * 1024
    package var retry = RetryPolicy()

    package init() {}
}
