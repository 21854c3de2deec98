internal import AMQP
internal import Logging
internal import Synchronization

/// What precedes each new start of a task queue's consumers. A queue that was deleted or closed off comes back when an operator, or
/// `restore`, brings it back; until then the pauses grow. Its consumers, which all lose it at once, have one recovery together.
final class QueueRecovery: Sendable {
    private struct State {
        var nextPause = QueueRecovery.shortestPause
        /// When the consumers started last.
        var started = ContinuousClock.now
        var underWay: Task<Void, Never>?
    }

    private static let shortestPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(15)

    private let queue: String
    private let restore: @Sendable () async throws -> Void
    private let logger: Logger
    private let state = Mutex(State())

    init(of queue: String, restore: @escaping @Sendable () async throws -> Void, logger: Logger) {
        self.queue = queue
        self.restore = restore
        self.logger = logger
    }

    /// Returns when the consumer may start again, or early when the caller, or another one that waits, is cancelled.
    func recover(from error: AMQPError) async {
        let recovery = state.withLock { state in
            if let underWay = state.underWay { return underWay }
            // Its waiters are the queue's consumers, and none of them is the one that it belongs to.
            let begun = Task {
                await restoreLater(after: error)
                self.state.withLock { $0.underWay = nil }
            }
            state.underWay = begun
            return begun
        }
        await withTaskCancellationHandler {
            await recovery.value
        } onCancel: {
            recovery.cancel()
        }
    }

    private func restoreLater(after error: AMQPError) async {
        logger.error(
            error.replyCode == 403
                ? "This user may not read the queue; grant it the read permission. Trying again"
                : "Lost a queue; trying again. If it was deleted, run: moltbot topology apply",
            metadata: ["moltbot.queue": "\(queue)", "amqp.error": "\(error)"])
        let pause = state.withLock { state in
            let pause = state.started.duration(to: .now) > Self.longestPause ? Self.shortestPause : state.nextPause
            state.nextPause = min(pause * 2, Self.longestPause)
            return pause
        }
        guard (try? await Task.sleep(for: pause)) != nil else { return }
        do {
            try await restore()
        } catch {
            logger.error("The topology is not complete", metadata: ["error": "\(error)"])
        }
        state.withLock { $0.started = .now }
    }
}
