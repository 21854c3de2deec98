internal import AMQP
internal import Logging
internal import Metrics
internal import MoltBotCore
internal import Synchronization

/// Takes tasks from programs that wait for the answer, and so rather refuses than keeps them waiting.
///
/// A task is taken when the broker has it. Each is sent once: a sender that gets no answer decides itself what to do.
package final class TaskIntake: Sendable {
    /// For a connection that is just coming back.
    private static let patience = Duration.seconds(2)

    private let session: BrokerSession
    private let submitter: TaskSubmitter
    private let maximumUnconfirmed: Int
    private let unconfirmed = Mutex(0)

    /// - Parameter maximumUnconfirmed: tasks on their way to the broker at once; those beyond are refused.
    package init(_ session: BrokerSession, maximumUnconfirmed: Int) {
        self.session = session
        self.maximumUnconfirmed = maximumUnconfirmed
        submitter = TaskSubmitter(session.publishing, logger: session.logger)
    }

    /// Returns when the broker has the task.
    package func take(_ task: TaskSubmission) async throws(IntakeRefusal) {
        guard enter() else { throw refused(.busy) }
        defer { leave() }
        if case .blocked(let reason) = session.condition { throw refused(.blocked(reason)) }
        do {
            try await session.publishing.waitUntilConnected(within: Self.patience)
            try await submitter.submitOnce(task)
        } catch {
            if error.code == .nacked { await takeBack(task) }
            throw refused(IntakeRefusal(error))
        }
    }

    /// A repetition of the request must find nothing. If this fails the broker has more trouble than a full queue.
    private func takeBack(_ task: TaskSubmission) async {
        do {
            try await session.publishing.publish(RefusedTask(task).message)
        } catch {
            session.logger.warning(
                "The ledger may show a task that a full queue has refused",
                metadata: ["moltbot.task.id": "\(task.id)", "amqp.error": "\(error)"])
        }
    }

    private func refused(_ refusal: IntakeRefusal) -> IntakeRefusal {
        Counter(label: "moltbot.intake.refused", dimensions: [("reason", refusal.name)]).increment()
        return refusal
    }

    private func enter() -> Bool {
        unconfirmed.withLock { count in
            guard count < maximumUnconfirmed else { return false }
            count += 1
            return true
        }
    }

    private func leave() { unconfirmed.withLock { $0 -= 1 } }
}

extension IntakeRefusal {
    fileprivate var name: String {
        switch self {
        case .busy: "busy"
        case .queueFull: "queue_full"
        case .away: "away"
        case .blocked: "blocked"
        case .unknownOutcome: "unknown_outcome"
        case .tooLarge: "too_large"
        case .misconfigured: "misconfigured"
        }
    }
}
