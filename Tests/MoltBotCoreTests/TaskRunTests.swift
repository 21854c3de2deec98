package import MoltBotCore
import Testing

@Suite("A task's run")
struct TaskRunTests {
    private let now = Timestamp(secondsSinceEpoch: 1_000_000)
    private let busy = ModelError(.overloaded, status: 503, message: "busy")
    private let policy = RetryPolicy(base: .seconds(8), jitter: .equal, maxRetries: 1)

    private func run(
        _ change: (inout TaskRequest) -> Void = { _ in }, delivery: TaskRun.Delivery = TaskRun.Delivery(), policy: RetryPolicy? = nil
    ) -> TaskRun {
        var request = TaskRequest(content: .prompt("Hello"))
        change(&request)
        return TaskRun(request, delivery: delivery, policy: policy ?? self.policy, defaultTimeout: .seconds(300))
    }

    private var generator = SplitMix64(state: 42)

    @Test func aTaskIsCalledOnceAndCompletes() {
        var run = run()
        #expect(run.received(at: now) == .callModel(attempt: 1, timeout: .seconds(300)))
        #expect(run.attemptSucceeded() == .finish(.completed))
        #expect(run.attemptSucceeded() == .nothing)
    }

    @Test mutating func aFailedAttemptGoesThroughTheLadderAndTheNextDeliveryGivesUp() {
        var first = run()
        #expect(first.received(at: now) == .callModel(attempt: 1, timeout: .seconds(300)))
        let action = first.attemptFailed(busy, at: now, using: &generator)
        guard case .retry(busy, attempt: 2, .onLadder(let delay)) = action else {
            Issue.record("got \(action)")
            return
        }
        #expect(delay >= .seconds(4) && delay <= .seconds(8))

        var second = run(delivery: TaskRun.Delivery(attempt: 2))
        #expect(second.received(at: now) == .callModel(attempt: 2, timeout: .seconds(300)))
        #expect(
            second.attemptFailed(busy, at: now, using: &generator)
                == .finish(
                    .failed(TaskFailure(type: "overloaded", message: "busy (gave up after 2 attempts)", status: 503, isRetryable: true))))
    }

    @Test mutating func aShortPauseStaysInTheWorker() {
        var run = run(policy: RetryPolicy(base: .milliseconds(100), maxRetries: 1))
        _ = run.received(at: now)
        let action = run.attemptFailed(busy, at: now, using: &generator)
        guard case .retry(busy, attempt: 2, .inWorker) = action else {
            Issue.record("got \(action)")
            return
        }
        #expect(run.pauseEnded(at: now) == .callModel(attempt: 2, timeout: .seconds(300)))
        #expect(run.attemptSucceeded() == .finish(.completed))
    }

    @Test mutating func anErrorThatWillNotPassFailsAtOnce() {
        var run = run()
        _ = run.received(at: now)
        let refused = ModelError(.auth, status: 401, message: "wrong key")
        #expect(run.attemptFailed(refused, at: now, using: &generator) == .finish(.failed(TaskFailure(refused))))
    }

    @Test func aTaskPastItsDeadlineExpiresWithoutACall() {
        var run = run { $0.deadline = now }
        #expect(run.received(at: now) == .finish(.expired))
    }

    @Test mutating func noCallRunsPastTheDeadline() {
        var run = run { $0.deadline = now + .seconds(10) }
        #expect(run.received(at: now) == .callModel(attempt: 1, timeout: .seconds(10)))
        let timeout = ModelError(.timeout, message: "no answer in 10 s")
        #expect(run.attemptFailed(timeout, at: now + .seconds(10), using: &generator) == .finish(.expired))
    }

    @Test mutating func aRetryThatWouldPassTheDeadlineFailsAndSaysSo() {
        var run = run { $0.deadline = now + .seconds(2) }
        _ = run.received(at: now)
        let action = run.attemptFailed(busy, at: now, using: &generator)
        guard case .finish(.failed(let failure)) = action else {
            Issue.record("got \(action)")
            return
        }
        #expect(failure.message == "busy (not tried again: the wait would pass the task's deadline)")
    }

    @Test func aTaskForLaterIsHeld() {
        var run = run { $0.runAt = now + .seconds(90) }
        #expect(run.received(at: now) == .hold(.onLadder(.seconds(90))))
    }

    @Test func theRestOfADelayIsWaitedInTheWorker() {
        var run = run { $0.runAt = now + .milliseconds(400) }
        #expect(run.received(at: now) == .hold(.inWorker(.milliseconds(400))))
        #expect(run.pauseEnded(at: now + .milliseconds(400)) == .callModel(attempt: 1, timeout: .seconds(300)))
    }

    @Test func aRedeliveredTaskIsLookedUpFirstAndNotPaidTwice() throws {
        let outcome = TaskOutcome(taskID: TaskID(), workspace: .default, status: .completed, result: "text")
        // Even past its deadline: it was completed in time, and a task ends only once.
        var run = run({ $0.deadline = now + .seconds(-1) }, delivery: TaskRun.Delivery(isRedelivered: true))
        #expect(run.received(at: now) == .lookUpOutcome)
        #expect(run.outcomeLookedUp(outcome, at: now) == .publishAgain(outcome))
    }

    @Test func withoutAKnownOutcomeItIsCalled() {
        var run = run { $0.idempotencyKey = "k" }
        #expect(run.received(at: now) == .lookUpOutcome)
        #expect(run.outcomeLookedUp(nil, at: now) == .callModel(attempt: 1, timeout: .seconds(300)))
    }

    @Test func aTaskThatKillsItsWorkersBecomesADeadLetter() {
        var run = run(delivery: TaskRun.Delivery(deliveries: 5, isRedelivered: true))
        #expect(run.received(at: now) == .lookUpOutcome)
        #expect(run.outcomeLookedUp(nil, at: now) == .deadLetter(.poison))
    }

    @Test func aTaskCancelledInTheQueueIsNotStarted() {
        var run = run()
        #expect(run.cancelRequested() == .nothing)
        #expect(run.received(at: now) == .finish(.cancelled))
    }

    @Test mutating func aRunningTaskIsStoppedThenCancelled() {
        var run = run()
        _ = run.received(at: now)
        #expect(run.cancelRequested() == .stopCall)
        #expect(run.cancelRequested() == .nothing)
        #expect(run.attemptFailed(ModelError(.cancelled, message: ""), at: now, using: &generator) == .finish(.cancelled))
    }

    @Test func anAnswerThatCameBeforeTheStopCounts() {
        var run = run()
        _ = run.received(at: now)
        #expect(run.cancelRequested() == .stopCall)
        #expect(run.attemptSucceeded() == .finish(.completed))
    }

    @Test func aPausingTaskIsCancelledAtOnce() {
        var run = run { $0.runAt = now + .milliseconds(400) }
        _ = run.received(at: now)
        #expect(run.cancelRequested() == .finish(.cancelled))
        #expect(run.pauseEnded(at: now) == .nothing)
    }
}

extension TaskRun.Action: Equatable {
    package static func == (left: Self, right: Self) -> Bool { String(describing: left) == String(describing: right) }
}
