/// One delivery of a task, from the queue to its outcome or to its next pause.
///
/// A pure state machine: what happened goes in, what the worker must do comes out. The worker brings time, randomness and the model.
/// One call of a model never runs past the deadline, because ``Action/callModel(attempt:timeout:)`` carries the shorter of the two limits.
package struct TaskRun: Sendable {
    /// Deliveries without an outcome after which a task counts as one that kills its workers.
    package static let deliveryLimit = 5

    private enum State {
        case received
        case lookingUpOutcome
        case pausing
        case calling
        /// Cancelled while the model works; the call has been told to stop.
        case stopping
        case over
    }

    private let request: TaskRequest
    private let delivery: Delivery
    private let policy: RetryPolicy
    private let defaultTimeout: Duration
    /// The one that comes next or runs, counted from 1.
    package private(set) var attempt: Int
    private var isCancelled = false
    private var state = State.received

    package init(_ request: TaskRequest, delivery: Delivery, policy: RetryPolicy, defaultTimeout: Duration = .seconds(300)) {
        self.request = request
        self.delivery = delivery
        self.policy = policy
        self.defaultTimeout = defaultTimeout
        attempt = delivery.attempt
    }

    /// The task came from the queue. A task that may already have an outcome is looked up before anything else: every other check could give
    /// it a second, different one.
    package mutating func received(at now: Timestamp) -> Action {
        guard case .received = state else { return .nothing }
        if delivery.isRedelivered || request.idempotencyKey != nil {
            state = .lookingUpOutcome
            return .lookUpOutcome
        }
        return proceed(at: now)
    }

    /// The ledger answered, or could not be asked in time (nil).
    package mutating func outcomeLookedUp(_ outcome: TaskOutcome?, at now: Timestamp) -> Action {
        guard case .lookingUpOutcome = state else { return .nothing }
        guard let outcome else { return proceed(at: now) }
        state = .over
        return .publishAgain(outcome)
    }

    /// A pause inside the worker is over.
    package mutating func pauseEnded(at now: Timestamp) -> Action {
        guard case .pausing = state else { return .nothing }
        return proceed(at: now)
    }

    package mutating func attemptSucceeded() -> Action {
        switch state {
        // Also when it was to be stopped: the answer is there and paid for.
        case .calling, .stopping:
            state = .over
            return .finish(.completed)
        case .received, .lookingUpOutcome, .pausing, .over: return .nothing
        }
    }

    package mutating func attemptFailed(
        _ error: ModelError, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Action {
        switch state {
        case .calling: return afterFailure(error, at: now, using: &generator)
        case .stopping: return finish(.cancelled)
        case .received, .lookingUpOutcome, .pausing, .over: return .nothing
        }
    }

    /// The model has no capacity for the call before that time: it was not made, and counts as no attempt.
    package mutating func capacityMissing(for wait: Duration, at now: Timestamp) -> Action {
        switch state {
        case .calling: break
        case .stopping: return finish(.cancelled)
        case .received, .lookingUpOutcome, .pausing, .over: return .nothing
        }
        if let deadline = request.deadline, now + wait >= deadline {
            let error = ModelError(.rateLimited, message: "the model is at its limit until after the task's deadline")
            return finish(deadline <= now ? .expired : .failed(TaskFailure(error)))
        }
        return .hold(pause(wait))
    }

    /// Somebody asked to cancel the task; may come at any time, also before ``received(at:)``.
    package mutating func cancelRequested() -> Action {
        switch state {
        case .received, .lookingUpOutcome:
            isCancelled = true
            return .nothing
        case .pausing: return finish(.cancelled)
        case .calling:
            state = .stopping
            return .stopCall
        case .stopping, .over: return .nothing
        }
    }

    private mutating func proceed(at now: Timestamp) -> Action {
        if isCancelled { return finish(.cancelled) }
        if let deadline = request.deadline, deadline <= now { return finish(.expired) }
        if delivery.deliveries >= Self.deliveryLimit {
            state = .over
            return .deadLetter(.poison)
        }
        if let runAt = request.runAt, runAt > now { return .hold(pause(runAt - now)) }
        state = .calling
        let timeout = request.timeout ?? defaultTimeout
        return .callModel(attempt: attempt, timeout: request.deadline.map { min(timeout, $0 - now) } ?? timeout)
    }

    private mutating func afterFailure(
        _ error: ModelError, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Action {
        if let deadline = request.deadline, deadline <= now { return finish(.expired) }
        let decision = policy.decide(
            attempt: attempt, maxRetries: request.maxRetries, error: error, deadline: request.deadline, now: now, using: &generator)
        switch decision {
        case .retry(let delay):
            attempt += 1
            return .retry(error, attempt: attempt, pause(delay))
        case .fail(let reason):
            return finish(.failed(failure(error, reason)))
        }
    }

    private func failure(_ error: ModelError, _ reason: RetryPolicy.Reason) -> TaskFailure {
        var failure = TaskFailure(error)
        switch reason {
        case .notRetryable: break
        case .attemptsUsedUp: if attempt > 1 { failure.message += " (gave up after \(attempt) attempts)" }
        case .deadlineTooClose: failure.message += " (not tried again: the wait would pass the task's deadline)"
        }
        return failure
    }

    private mutating func pause(_ duration: Duration) -> Pause {
        let pause = Pause(duration)
        // On the ladder the message leaves this worker; the next delivery is a run of its own.
        state = if case .inWorker = pause { .pausing } else { .over }
        return pause
    }

    private mutating func finish(_ ending: Ending) -> Action {
        state = .over
        return .finish(ending)
    }
}
