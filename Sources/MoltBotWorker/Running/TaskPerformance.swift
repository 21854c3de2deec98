internal import AMQP
internal import ModelProviders
internal import MoltBotCore
internal import MoltBotMessaging

/// One run of one task: carries out what its ``TaskRun`` decides. It lives in one task, on the heap: thousands of them wait at once,
/// and what they hold would otherwise be copied into each frame of the wait.
final class TaskPerformance {
    /// How long a task that another worker runs stays away before it is looked at again.
    private static let secondLookDelay = Duration.seconds(5)
    /// How long a task waits for another one with its idempotency key before the next look.
    private static let shortestLookDelay = Duration.seconds(1)
    private static let longestLookDelay = Duration.seconds(30)
    /// How long a task stands in line before a busy deployment within the worker.
    private static let longestStand = Duration.milliseconds(900)

    private let runner: TaskRunner
    private let task: TaskEnvelope
    private let request: TaskRequest
    private let run: RunningTasks.Run
    private var machine: TaskRun
    private var attempts: [TaskAttempt]
    private var startedAt: Timestamp?
    private let receivedAt = ContinuousClock.now
    private var generator = SystemRandomNumberGenerator()

    init(runner: TaskRunner, task: TaskEnvelope, request: TaskRequest, run: RunningTasks.Run) {
        self.runner = runner
        self.task = task
        self.run = run
        var request = request
        request.timeout = request.timeout.map { min($0, runner.configuration.maximumTimeout) }
        self.request = request
        machine = TaskRun(
            request, delivery: task.run, policy: runner.configuration.retry, defaultTimeout: runner.configuration.defaultTimeout)
        attempts = task.attempts
        startedAt = task.attempts.first?.startedAt
        slot = task.slot
    }

    func toTheEnd() async throws(AMQPError) -> RunningTasks.End {
        if run.cancelled.hasFired { _ = machine.cancelRequested() }
        var action = machine.received(at: .now())
        while true {
            let step: Step
            if case .callModel(let attempt, let timeout) = action {
                // Here and not in ``carryOut(_:)``: thousands wait in this call, and the other branches need large frames.
                step =
                    request.cache == .off
                    ? await call(attempt: attempt, timeout: timeout) : await callOrShare(attempt: attempt, timeout: timeout)
            } else {
                step = try await carryOut(action)
            }
            switch step {
            case .next(let next): action = next
            case .end(let end): return end
            }
        }
    }

    private indirect enum Step {
        case next(TaskRun.Action)
        case end(RunningTasks.End)
    }

    private func carryOut(_ action: TaskRun.Action) async throws(AMQPError) -> Step {
        switch action {
        case .nothing, .stopCall, .callModel:
            return .end(.abandoned)
        case .lookUpOutcome:
            return try await lookUp()
        case .hold(let pause):
            return try await hold(pause, attempt: machine.attempt)
        case .retry(let error, let attempt, let pause):
            runner.metrics.retried()
            slot = nil
            runner.events.announce(TaskEvent(outcome(.retrying, error: TaskFailure(error))), of: task)
            return try await hold(leavesTimeForACall ? pause : .onLadder(.seconds(1)), attempt: attempt)
        case .finish(let ending):
            return try await finish(ending)
        case .publishAgain(let outcome):
            return .end(try await publishAgain(outcome))
        case .deadLetter(let reason):
            let failure = TaskFailure(
                type: reason.rawValue,
                message: "\(task.run.deliveries) workers ended without an outcome on this task; look at their logs before you retry it")
            return .end(try await runner.refuse(task, reason: reason, failure: failure))
        }
    }

    private func lookUp() async throws(AMQPError) -> Step {
        let finding = await runner.search.find(task, idempotencyKey: request.idempotencyKey)
        if task.isTakenBack { return .end(.abandoned) }
        switch finding {
        case .ended(let event):
            return .next(machine.outcomeLookedUp(event.outcome, at: .now()))
        case .paid(let event):
            return .end(try await repeatOutcome(of: event))
        case .waitsForAnother:
            // Cancelled or expired, it ends at once; a task that waits is never called.
            if run.cancelled.hasFired || request.deadline.map({ $0 <= .now() }) ?? false {
                return .next(machine.outcomeLookedUp(nil, at: .now()))
            }
            try await runner.returns.delay(
                task, for: waitForAnother, attempt: task.run.attempt, attempts: attempts, isUnsettled: task.run.isRedelivered)
            return .end(.wentOn(.init(attempt: task.run.attempt, deliveries: task.run.deliveries)))
        case .refused:
            // The message that counts is on its own way. What is in this one was answered with 422.
            runner.metrics.duplicateDropped()
            return .end(.wentOn(.init(attempt: task.run.attempt, deliveries: task.run.deliveries)))
        case .runsElsewhere:
            try await runner.returns.delay(
                task, for: Self.secondLookDelay, attempt: task.run.attempt, attempts: attempts, isUnsettled: true)
            return .end(.wentOn(.init(attempt: task.run.attempt, deliveries: task.run.deliveries)))
        case .unknown:
            let next = machine.outcomeLookedUp(nil, at: .now())
            // Brokers do not count deliveries without an outcome, so a copy of the task carries the count.
            guard case .callModel = next, task.isRedeliveredByBroker else { return .next(next) }
            // A full queue takes none; then this delivery goes on uncounted rather than wait, perhaps for its own place in the queue.
            guard try await runner.returns.count(task) else { return .next(next) }
            return .end(.wentOn(.init(attempt: task.run.attempt, deliveries: task.run.deliveries + 1)))
        }
    }

    /// A quarter of the task's age: soon after the first look, and not often when the other task takes long.
    private var waitForAnother: Duration {
        min(max((Timestamp.now() - task.createdAt) / 4, Self.shortestLookDelay), Self.longestLookDelay)
    }

    /// Ends the task with the answer that another one with its idempotency key was given; nothing is called, nothing is paid.
    private func repeatOutcome(of event: TaskEvent) async throws(AMQPError) -> RunningTasks.End {
        guard var outcome = event.outcome else { return .abandoned }
        outcome.taskID = task.id
        outcome.isCached = true
        outcome.cost = outcome.cost.map { _ in 0 }
        outcome.attempts = attempts
        outcome.createdAt = task.createdAt
        outcome.startedAt = startedAt
        outcome.queueTime = nil
        outcome.completedAt = .now()
        outcome.metadata = request.metadata
        return .terminal(try await runner.finish(task, outcome))
    }

    private func hold(_ pause: TaskRun.Pause, attempt: Int) async throws(AMQPError) -> Step {
        switch pause {
        case .onLadder(let delay):
            // After a lost connection the broker may have given this attempt to another worker as well.
            do throws(AMQPError) {
                try await runner.returns.delay(
                    task, for: delay, attempt: attempt, attempts: attempts, isUnsettled: task.run.isRedelivered || task.isTakenBack,
                    slot: slot)
            } catch {
                guard error.code == .messageTooLarge else { throw error }
                // It would come back and fail in the same way for ever.
                return try await finish(.failed(failureToWait(error)))
            }
            return .end(.wentOn(.init(attempt: attempt, deliveries: 0)))
        case .inWorker(let delay):
            await wait(delay)
            if Task.isCancelled { return .end(.abandoned) }
            return .next(run.cancelled.hasFired ? machine.cancelRequested() : machine.pauseEnded(at: .now()))
        }
    }

    /// Whether another whole call fits into the time that the broker gives one delivery.
    private var leavesTimeForACall: Bool {
        let timeout = request.timeout ?? runner.configuration.defaultTimeout
        return ContinuousClock.now - receivedAt + timeout <= runner.configuration.maximumTimeout
    }

    /// The last call's error when there was one, with the reason why there is no other.
    private func failureToWait(_ error: AMQPError) -> TaskFailure {
        let reason = "the task cannot wait at the broker, because its message has headers that are too large: \(error.message)"
        guard case .failure(let last) = result, planned != nil else { return TaskFailure(type: "invalid_task", message: reason) }
        var failure = TaskFailure(last)
        failure.message += " (not tried again: \(reason))"
        return failure
    }

    /// Returns after the delay, or when the task is cancelled, or the worker ends.
    private func wait(_ delay: Duration, or event: OneShot? = nil) async {
        let cancelled = run.cancelled
        await withTaskGroup(of: Void.self) { group in
            if let event { group.addTask { await event.wait() } }
            group.addTask { try? await Task.sleep(for: delay) }
            group.addTask { await cancelled.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Calls the model, or takes an answer that another task has got for the same request. Waiting for that and calling share the timeout:
    /// a call that begins after a wait ends when one at once would have.
    private func callOrShare(attempt number: Int, timeout: Duration) async -> Step {
        guard request.cache != .off, let model = runner.models.modelName(request.model) else {
            return await call(attempt: number, timeout: timeout)
        }
        let digest = CallDigest(
            workspace: task.queue.workspace, model: model, content: request.content, parameters: request.parameters)
        let answers = runner.models.answers
        let end = ContinuousClock.now + timeout
        while true {
            switch answers.find(digest, mode: request.cache, lifetime: request.cacheLifetime) {
            case .answer(let known):
                return take(known)
            case .inFlight(let flight):
                await wait(end - .now, or: flight.ended)
                guard flight.ended.hasFired else { return waitedInVain(timeout) }
                if let known = flight.answer { return take(known) }
            case .call(let flight):
                let rest = end - .now
                let step = rest > .zero ? await call(attempt: number, timeout: rest) : waitedInVain(timeout)
                answers.ended(flight, answerToShare)
                return step
            }
        }
    }

    private func take(_ known: AnswerStore.Answer) -> Step {
        begunAt = .now()
        startedAt = startedAt ?? begunAt
        shared = known
        result = .success(known.answer)
        return .next(machine.attemptSucceeded())
    }

    private func waitedInVain(_ timeout: Duration) -> Step {
        if Task.isCancelled { return .end(.abandoned) }
        if run.cancelled.hasFired { _ = machine.cancelRequested() }
        let error = ModelError(.timeout, message: "the same request, made for another task, had no answer within \(timeout)")
        return .next(machine.attemptFailed(error, at: .now(), using: &generator))
    }

    private var answerToShare: AnswerStore.Answer? {
        guard case .success(let answer) = result, let planned else { return nil }
        return AnswerStore.Answer(
            answer: answer.with(rateLimits: nil), model: planned.model, provider: planned.deployed.providerName,
            deployment: planned.deployed.name)
    }

    private func call(attempt number: Int, timeout: Duration, ticket: LineTicket? = nil) async -> Step {
        let attempt: ModelAttempt
        switch begin(number, timeout: timeout, ticket: ticket) {
        case .attempt(let begun): attempt = begun
        case .failed: return called()
        case .wait(let time): return comeBack(in: time)
        case .line(let ticket): return await standInLine(ticket, number, timeout)
        }
        let ending = await attempt.run(until: run.cancelled)
        news?.attemptEnded()
        result = ending.result
        planned = ending.call
        record(ending.failures)
        begunAt = ending.beganAt
        if Task.isCancelled, case .failure = result { return .end(.abandoned) }
        return called()
    }

    private enum Beginning {
        case attempt(ModelAttempt)
        /// No provider serves the model; the error is in ``result``.
        case failed
        /// No capacity before that time, for which there may be a ``slot``.
        case wait(Duration)
        case line(LineTicket)
    }

    /// Chooses a deployment and announces the start.
    private func begin(_ number: Int, timeout: Duration, ticket: LineTicket? = nil) -> Beginning {
        begunAt = .now()
        if let slot {
            if slot.time > begunAt {
                _ = ticket?.leave()
                return .wait(slot.time - begunAt)
            }
            if !slot.isValid(at: begunAt) { self.slot = nil }
        }
        do throws(ModelError) {
            switch try runner.models.begin(request, of: task.queue.workspace, lane: task.lane, slot: slot, ticket: ticket) {
            case .wait(let time, let slot):
                self.slot = slot
                return .wait(time)
            case .line(let ticket): return .line(ticket)
            case .call(let first):
                slot = nil
                planned = first
                startedAt = startedAt ?? begunAt
                news = announceStart(outcome(.running))
                return .attempt(
                    ModelAttempt(
                        task: task, request: request, first: first, number: number, timeout: timeout, models: runner.models,
                        events: runner.events, executor: runner.session.executor))
            }
        } catch {
            startedAt = startedAt ?? begunAt
            result = .failure(error)
            return .failed
        }
    }

    /// Waits a little for a call to end; whoever waits longer does so at the broker, and takes no slot of this worker from others.
    private func standInLine(_ ticket: LineTicket, _ number: Int, _ timeout: Duration) async -> Step {
        await wait(Self.longestStand, or: ticket.granted)
        let rest = request.deadline.map { min(timeout, $0 - .now()) } ?? timeout
        if ticket.granted.hasFired, rest > .zero, !run.cancelled.hasFired, !Task.isCancelled {
            return await call(attempt: number, timeout: rest, ticket: ticket)
        }
        return comeBack(in: ticket.leave())
    }

    private func comeBack(in time: Duration) -> Step {
        if run.cancelled.hasFired { _ = machine.cancelRequested() }
        return .next(machine.capacityMissing(for: time, at: .now()))
    }

    private func announceStart(_ outcome: TaskOutcome) -> StartNews.Item {
        let (events, task, time) = (runner.events, task, begunAt)
        return runner.startNews.attemptStarted { events.announce(TaskEvent(outcome, at: time), of: task) }
    }

    private func record(_ failures: [TaskAttempt]) {
        for var failure in failures {
            failure.number = nextNumber
            attempts.append(failure)
        }
    }

    /// Each call of a model counts, also when several of them were one attempt.
    private var nextNumber: Int { (attempts.last?.number ?? 0) + 1 }

    private func called() -> Step {
        if run.cancelled.hasFired { _ = machine.cancelRequested() }
        var attempt = TaskAttempt(
            number: nextNumber, deployment: planned?.deployed.name, startedAt: begunAt, duration: Timestamp.now() - begunAt)
        switch result {
        case .success:
            attempts.append(attempt)
            return .next(machine.attemptSucceeded())
        case .failure(let error):
            attempt.error = TaskFailure(error)
            attempts.append(attempt)
            return .next(machine.attemptFailed(error, at: .now(), using: &generator))
        }
    }

    /// Of the last attempt.
    private var result: Result<ModelAnswer, ModelError> = .failure(ModelError(.cancelled, message: "not called yet"))
    private var begunAt = Timestamp.now()
    private var planned: PlannedCall?
    /// Promised to the task by a limited deployment.
    private var slot: TimeSlot?
    private var news: StartNews.Item?
    /// The answer that stands in for a call.
    private var shared: AnswerStore.Answer?

    private func finish(_ ending: TaskRun.Ending) async throws(AMQPError) -> Step {
        // Somebody else may have been given the task and have ended it: the first outcome stands.
        if mayHaveRunElsewhere, let event = await runner.search.ended(task) {
            return .end(.terminal(try await runner.repeatReply(event, to: task)))
        }
        var outcome =
            switch ending {
            case .completed: self.outcome(.completed)
            case .failed(let failure): self.outcome(.failed, error: failure)
            case .cancelled: self.outcome(.cancelled)
            case .expired:
                self.outcome(
                    .expired,
                    error: TaskFailure(type: "deadline_exceeded", message: "the task's deadline passed before it had an answer"))
            }
        outcome.completedAt = .now()
        if case .success(let answer) = result {
            outcome.result = answer.text
            outcome.message = answer.message
            outcome.finishReason = answer.finishReason
            outcome.usage = answer.usage
            outcome.cost = shared == nil ? planned?.deployed.cost(of: answer.usage) : 0
            outcome.isCached = shared != nil
        }
        do throws(AMQPError) {
            return .end(.terminal(try await runner.finish(task, outcome)))
        } catch {
            guard error.code == .messageTooLarge, case .completed = ending else { throw error }
            // It would be paid for again and again, and never arrive.
            outcome.status = .failed
            outcome.error = TaskFailure(
                type: "answer_too_large", message: "the broker takes no message as large as the answer: \(error.message)")
            (outcome.result, outcome.message) = (nil, nil)
            return .end(.terminal(try await runner.finish(task, outcome)))
        }
    }

    private var mayHaveRunElsewhere: Bool {
        task.run.isRedelivered || task.run.deliveries > 0 || task.isTakenBack
    }

    private func publishAgain(_ known: TaskOutcome) async throws(AMQPError) -> RunningTasks.End {
        let event = TaskEvent(known, redrives: task.redrives, at: known.completedAt ?? .now())
        if runner.search.isWhole(event) {
            return .terminal(try await runner.repeatReply(event, to: task))
        }
        return .terminal(try await runner.finish(task, known))
    }

    private func outcome(_ status: TaskStatus, error: TaskFailure? = nil) -> TaskOutcome {
        var outcome = TaskOutcome(taskID: task.id, workspace: task.queue.workspace, status: status)
        outcome.model = shared?.model ?? planned?.model ?? request.model
        outcome.provider = shared?.provider ?? planned?.deployed.providerName
        outcome.deployment = shared?.deployment ?? planned?.deployed.name
        outcome.attempts = attempts
        outcome.createdAt = task.createdAt
        outcome.startedAt = startedAt
        outcome.queueTime = startedAt.map { max(.zero, $0 - task.createdAt) }
        outcome.metadata = request.metadata
        outcome.error = error
        return outcome
    }
}
