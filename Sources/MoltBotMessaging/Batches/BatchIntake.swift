internal import AMQP
internal import MoltBotCore

/// Takes batches: all of their tasks, or none.
///
/// The tasks go to a queue of the batch's own. Only once the broker has them all does one message put the batch among those that are
/// worked on and into the ledger; from that moment it will run, whoever dies, and a repetition finds it. Then the ledger hears of all
/// its tasks.
package struct BatchIntake: Sendable {
    /// Publishes on their way at once.
    private static let window = 500

    private let session: BrokerSession
    private let submitter: TaskSubmitter
    private let queues: BatchQueues

    package init(_ session: BrokerSession) {
        self.session = session
        submitter = TaskSubmitter(session.publishing, logger: session.logger)
        queues = BatchQueues(client: session.publishing)
    }

    /// Returns when the batch will run and the ledger stream has all of its tasks.
    package func take(_ batch: TaskBatch, _ tasks: [TaskSubmission]) async throws(IntakeRefusal) {
        if case .blocked(let reason) = session.condition { throw .blocked(reason) }
        guard session.publishing.status.isConnected else { throw .away("the broker is away") }
        do {
            try await submitter.checkRoute(of: tasks)
            try await queues.declare(batch)
        } catch {
            throw IntakeRefusal(error)
        }
        do {
            try await publish(tasks) { task in
                try await session.publishing.publish(submitter.message(task, at: .queue(BatchQueues.queue(of: batch))))
            }
        } catch {
            // Nothing refers to the queue yet. If it can't be deleted now, the broker does it in four weeks.
            try? await queues.delete(batch)
            throw IntakeRefusal(error)
        }
        do {
            try await session.publishing.publish(batch.message(to: .everybody))
        } catch {
            throw IntakeRefusal(error)
        }
        // The batch runs from here on. What the ledger does not hear now it hears when the task is handed to the workers.
        try? await publish(tasks) { task in
            try await session.publishing.publish(submitter.message(task, at: .ledger))
        }
    }

    private func publish(_ tasks: [TaskSubmission], _ send: @escaping @Sendable (TaskSubmission) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, task) in tasks.enumerated() {
                if index >= Self.window { try await group.next() }
                group.addTask { try await send(task) }
            }
            try await group.waitForAll()
        }
    }
}

extension IntakeRefusal {
    fileprivate init(_ error: any Error) {
        self = (error as? AMQPError).map { IntakeRefusal($0) } ?? .away("\(error)")
    }
}
