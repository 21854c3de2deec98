extension TaskRun {
    /// What the worker knows of a delivery before it reads the body.
    package struct Delivery: Sendable {
        /// The attempt that comes next, counted from 1 (``WireHeaders/attempt``).
        package let attempt: Int
        /// Earlier deliveries without an outcome (``WireHeaders/deliveries``, or the broker's own count).
        package let deliveries: Int
        /// The broker's `redelivered` flag: an earlier worker may have got an answer and died before it acknowledged.
        package let isRedelivered: Bool

        package init(attempt: Int = 1, deliveries: Int = 0, isRedelivered: Bool = false) {
            self.attempt = attempt
            self.deliveries = deliveries
            self.isRedelivered = isRedelivered
        }
    }

    package indirect enum Action: Sendable {
        /// Ask the ledger, then report `outcomeLookedUp`.
        case lookUpOutcome
        /// Not due yet.
        case hold(Pause)
        /// Announce the start, call, then report `attemptSucceeded` or `attemptFailed`.
        case callModel(attempt: Int, timeout: Duration)
        /// Announce `task.retrying`; `attempt` is the one that comes after the pause.
        case retry(ModelError, attempt: Int, Pause)
        /// End the running call; its end is still reported.
        case stopCall
        /// Publish the terminal event, then acknowledge.
        case finish(Ending)
        /// The task was paid for already: publish this outcome again, then acknowledge.
        case publishAgain(TaskOutcome)
        /// Publish as a dead letter and end the task as failed, then acknowledge.
        case deadLetter(DeadLetterReason)
        case nothing
    }

    package enum Ending: Sendable {
        /// The worker has the answer.
        case completed
        case failed(TaskFailure)
        case cancelled
        case expired
    }

    /// Where a wait happens.
    package enum Pause: Sendable {
        /// In the delay ladder: publish there, then acknowledge. This run is over.
        case onLadder(Duration)
        /// Under a second: wait here, then report `pauseEnded`.
        case inWorker(Duration)

        init(_ duration: Duration) {
            self = duration < .seconds(1) ? .inWorker(duration) : .onLadder(duration)
        }
    }
}

/// Why a message became a dead letter: the first word of ``WireHeaders/deadReason``.
package enum DeadLetterReason: String, Sendable, CaseIterable {
    /// The body breaks the contract.
    case invalidTask = "invalid_task"
    /// Delivered ``TaskRun/deliveryLimit`` times without an outcome.
    case poison
}
