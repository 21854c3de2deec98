import Histogram
import Logging
import MoltBotCore
import Synchronization

/// Counts what happens to the tasks of a demo.
final class DemoTally: Sendable {
    private struct State {
        var sentAt: [TaskID: ContinuousClock.Instant] = [:]
        var ended: Set<TaskID> = []
        /// Ids of the events that say so, once each.
        var completions: Set<String> = []
        var summary = DemoSummary()
    }

    private let total: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let news: AsyncThrowingStream<Int, any Error>.Continuation

    /// The number of tasks that have a result, whenever it has changed. Ends when there is nothing more to wait for.
    let progress: AsyncThrowingStream<Int, any Error>

    init(total: Int, logger: Logger) {
        self.total = total
        self.logger = logger
        (progress, news) = AsyncThrowingStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// To be called before the task is published.
    func willSend(_ id: TaskID) {
        state.withLock { state in
            state.sentAt[id] = .now
            state.summary.submitted += 1
        }
    }

    /// - Returns: true once every task has a result.
    func received(_ event: TaskEvent, isRedelivered: Bool) -> Bool {
        guard event.type.isTerminal, let outcome = event.outcome else { return false }
        let count = state.withLock { state in
            guard let sentAt = state.sentAt[outcome.taskID] else { return state.ended.count }
            guard state.ended.insert(outcome.taskID).inserted else {
                // The broker gives a message out again when its acknowledgement was lost; that is no second result.
                if !isRedelivered { state.summary.duplicates += 1 }
                logger.info(
                    "A result came again",
                    metadata: [
                        "task": "\(event.taskID)", "time": "\(event.time.rfc3339)", "redelivered": "\(isRedelivered)",
                        "started": "\(outcome.startedAt?.rfc3339 ?? "-")",
                    ])
                return state.ended.count
            }
            if event.type == .completed { state.completions.insert(event.id) }
            state.summary.record(outcome, latency: sentAt.duration(to: .now))
            return state.ended.count
        }
        news.yield(count)
        return count == total
    }

    /// Nothing more is waited for: all have ended, time is up, or something failed.
    func finish(_ error: (any Error)? = nil) { news.finish(throwing: error) }

    var summary: DemoSummary { state.withLock(\.summary) }

    /// The events that a webhook endpoint for completed tasks has to get.
    var completions: Set<String> { state.withLock(\.completions) }
}

/// What became of the tasks of a demo.
struct DemoSummary: Sendable {
    var submitted = 0
    var results = 0
    var duplicates = 0
    /// Attempts after a task's first one.
    var retries = 0
    /// Tasks that ended otherwise than completed.
    var failures = 0
    /// From publishing a task to having its result, in milliseconds.
    var latency = Histogram<UInt32>()
    /// Tasks that have ended as the API node says, over REST.
    var endedByLedger = 0
    var webhooks = DemoReceipts.Summary()

    var lost: Int { submitted - results }
    /// Each task has exactly one result, and the API says the same.
    var isExact: Bool { lost == 0 && duplicates == 0 && submitted > 0 && endedByLedger == submitted }

    mutating func record(_ outcome: TaskOutcome, latency: Duration) {
        results += 1
        retries += max(0, outcome.attempts.count - 1)
        if outcome.status != .completed { failures += 1 }
        self.latency.record(UInt64(clamping: max(1, latency.wholeMilliseconds)))
    }

    var table: TextTable {
        var table = TextTable("WHAT", "HOW MANY")
        table.add("submitted", "\(submitted)")
        table.add("results", "\(results)")
        table.add("duplicates", "\(duplicates)")
        table.add("lost", "\(lost)")
        table.add("ended, says REST", "\(endedByLedger)")
        table.add("retries", "\(retries)")
        table.add("not completed", "\(failures)")
        for percentile in [50.0, 95, 99] {
            table.add("latency p\(Int(percentile))", "\(latency.valueAtPercentile(percentile)) ms")
        }
        webhooks.add(to: &table)
        return table
    }
}
