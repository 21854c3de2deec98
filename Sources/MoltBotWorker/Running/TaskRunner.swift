internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging
internal import Tracing

/// Takes one delivery from its arrival to the verdict on it. The order is always: what must last is confirmed, then the delivery is
/// settled.
final class TaskRunner: Sendable {
    let configuration: WorkerConfiguration
    let models: ModelDirectory
    let running: RunningTasks
    let search: OutcomeSearch
    let events: EventPublisher
    let returns: TaskReturns
    let deadLetters: DeadLetterPublisher
    let session: BrokerSession
    let startNews: StartNews
    let metrics = WorkerMetrics()
    let logger: Logger

    init(
        configuration: WorkerConfiguration, models: ModelDirectory, search: OutcomeSearch, session: BrokerSession, logger: Logger
    ) {
        self.configuration = configuration
        self.models = models
        self.search = search
        self.session = session
        self.logger = logger
        running = RunningTasks(of: configuration.workspaces)
        startNews = StartNews(delay: configuration.startNewsDelay)
        events = EventPublisher(session.publishing, logger: logger)
        returns = TaskReturns(session.publishing, logger: logger)
        deadLetters = DeadLetterPublisher(session.publishing, logger: logger)
    }

    private static let pauseBeforeRequeue = Duration.seconds(5)

    func run(_ task: TaskEnvelope) async -> AMQPDisposition {
        // Thousands of runs wait at once; a span that nobody hears costs each of them two frames.
        if InstrumentationSystem.tracer is NoOpTracer { return await settled(task) }
        return await withSpan("process \(task.queue.name)", context: task.context, ofKind: .consumer) { span in
            span.attributes["messaging.system"] = "rabbitmq"
            span.attributes["messaging.operation.type"] = "process"
            span.attributes["messaging.destination.name"] = task.queue.name
            span.attributes["messaging.message.id"] = task.id.rawValue
            return await settled(task)
        }
    }

    private func settled(_ task: TaskEnvelope) async -> AMQPDisposition {
        do throws(AMQPError) {
            return try await settle(task)
        } catch {
            return await requeue(task, error)
        }
    }

    /// After a publish that cannot be repeated, or at the end of the worker: the broker keeps the task.
    @inline(never)
    private func requeue(_ task: TaskEnvelope, _ error: AMQPError) async -> AMQPDisposition {
        logger.error(
            "A task could not be settled and goes back to its queue",
            metadata: ["moltbot.task.id": "\(task.id)", "amqp.error": "\(error)"])
        // Not at once: whatever is wrong would be met again at full speed.
        try? await Task.sleep(for: Self.pauseBeforeRequeue)
        return .requeue
    }

    private func settle(_ task: TaskEnvelope) async throws(AMQPError) -> AMQPDisposition {
        // Waiting for a slot, or for another run of the task, takes long enough for the connection to be lost.
        while !task.isTakenBack {
            switch running.arrived(task) {
            case .ended(let event):
                return try await drop(task, which: event)
            case .running(let run):
                await run.ended.wait()
                if Task.isCancelled { return try await giveBack(task) }
                if run.isAhead(of: .init(attempt: task.run.attempt, deliveries: task.run.deliveries)) {
                    metrics.duplicateDropped()
                    return .ack
                }
            case .new(let run):
                return try await perform(task, run) ? .ack : giveBack(task)
            }
        }
        return .requeue
    }

    /// Settles a second message of a task that runs here, once that run has ended, or has ended already. Nil when the message has to
    /// run itself.
    func settleRepeated(_ task: TaskEnvelope) async -> AMQPDisposition? {
        // What comes back from a lost channel is marked. Any other, rare, is looked for once it has a slot, and waits in it.
        guard task.isRedeliveredByBroker, let known = running.known(task) else { return nil }
        return await settleRepeated(task, known)
    }

    /// Apart from the look, which all tasks take.
    @inline(never)
    private func settleRepeated(_ task: TaskEnvelope, _ known: RunningTasks.Arrival) async -> AMQPDisposition? {
        if case .running(let run) = known { await run.ended.wait() }
        // Cancelled before the run has ended, it is given back; carried on by this very message, it runs.
        guard !Task.isCancelled, !task.isTakenBack else { return task.isTakenBack ? .requeue : nil }
        switch known {
        case .running(let run) where run.isAhead(of: .init(attempt: task.run.attempt, deliveries: task.run.deliveries)):
            metrics.duplicateDropped()
            return .ack
        default:
            guard case .ended(let event)? = running.known(task) else { return nil }
            do throws(AMQPError) {
                return try await drop(task, which: event)
            } catch {
                return await requeue(task, error)
            }
        }
    }

    /// A second message of a task that has ended.
    @inline(never)
    private func drop(_ task: TaskEnvelope, which event: EncodedEvent) async throws(AMQPError) -> AMQPDisposition {
        metrics.duplicateDropped()
        try await reply(event, to: task)
        return .ack
    }

    /// The worker stops before the task has ended.
    @inline(never)
    private func giveBack(_ task: TaskEnvelope) async throws(AMQPError) -> AMQPDisposition {
        if task.isTakenBack { return .requeue }
        try await returns.giveBack(task)
        return .ack
    }

    /// False when the task has not ended and must be given back.
    private func perform(_ task: TaskEnvelope, _ run: RunningTasks.Run) async throws(AMQPError) -> Bool {
        var end = RunningTasks.End.abandoned
        metrics.began()
        defer {
            running.ended(task.id, of: task.queue.workspace, run, end)
            metrics.left()
        }
        switch prepare(task, run) {
        case .success(let performance): end = try await performance.toTheEnd()
        case .failure(let error): end = try await refuse(task, error)
        }
        if case .abandoned = end { return false }
        return true
    }

    /// Apart from the wait for the run: reading a task takes a large frame, and thousands of runs wait at once.
    @inline(never)
    private func prepare(_ task: TaskEnvelope, _ run: RunningTasks.Run) -> Result<TaskPerformance, InvalidTask> {
        do throws(InvalidTask) {
            let request = try task.request(maximumBytes: configuration.maximumTaskBytes)
            return .success(TaskPerformance(runner: self, task: task, request: request, run: run))
        } catch {
            return .failure(error)
        }
    }

    @inline(never)
    private func refuse(_ task: TaskEnvelope, _ error: InvalidTask) async throws(AMQPError) -> RunningTasks.End {
        // A worker that died before its acknowledgement may have refused it, dead letter first.
        if task.run.isRedelivered, let event = await search.ended(task) {
            return .terminal(try await repeatReply(event, to: task))
        }
        return try await refuse(task, reason: .invalidTask, failure: TaskFailure(error))
    }

    /// Stores the message as a dead letter and ends the task as failed.
    func refuse(_ task: TaskEnvelope, reason: DeadLetterReason, failure: TaskFailure) async throws(AMQPError) -> RunningTasks.End {
        try await deadLetters.publish(task, reason: reason, message: failure.message)
        metrics.deadLettered()
        logger.notice(
            "A message became a dead letter",
            metadata: ["moltbot.task.id": "\(task.id)", "moltbot.reason": "\(failure.message.prefix(500))"])
        var outcome = TaskOutcome(taskID: task.id, workspace: task.queue.workspace, status: .failed)
        outcome.attempts = task.attempts
        outcome.createdAt = task.createdAt
        outcome.completedAt = .now()
        outcome.error = failure
        return .terminal(try await finish(task, outcome))
    }

    /// Publishes the terminal event everywhere it belongs, and returns when it is confirmed.
    func finish(_ task: TaskEnvelope, _ outcome: TaskOutcome) async throws(AMQPError) -> EncodedEvent {
        let event = EncodedEvent(TaskEvent(outcome, redrives: task.redrives))
        let started = task.firstReceivedAt
        if task.replyTo == nil {
            try await publish(event, task)
        } else {
            async let published: Void = publish(event, task)
            try await reply(event, to: task)
            do {
                try await published
            } catch {
                throw error as? AMQPError ?? AMQPError(.outcomeUnknown, "\(error)", cause: error)
            }
        }
        metrics.ended(outcome, received: started)
        return event
    }

    /// For the sender of a message whose task ended in another way.
    func repeatReply(_ event: TaskEvent, to task: TaskEnvelope) async throws(AMQPError) -> EncodedEvent {
        let event = EncodedEvent(event)
        try await reply(event, to: task)
        return event
    }

    private func reply(_ event: EncodedEvent, to task: TaskEnvelope) async throws(AMQPError) {
        guard let replyTo = task.replyTo else { return }
        try await events.reply(event, of: task, to: replyTo)
    }

    private func publish(_ event: EncodedEvent, _ task: TaskEnvelope) async throws(AMQPError) {
        try await events.finish(event, of: task) { error in
            guard let stored = await search.ended(task) else { return false }
            // A refusal while the ledger has the event is one full queue's: sending it again would reach all the others a second time.
            if error.code == .nacked {
                logger.error(
                    "A queue on the events exchange is full and refused an outcome; the other queues have it",
                    metadata: ["moltbot.task.id": "\(task.id)"])
                return true
            }
            // Not sent yet: it is somebody else's, who sees to it. An orderly shutdown of the broker (320) loses nothing it had taken.
            return error.code == .notConnected || error.replyCode == 320 || search.isWhole(stored)
        }
    }
}
