internal import FoundationEssentials
internal import Synchronization

/// Where outcomes arrive and are waited for.
final class OutcomeDesk: Sendable {
    /// One wait for one task.
    struct Ticket: Sendable {
        let task: MoltBot.SubmittedTask
        /// Gives one outcome; ends without when the desk closes or the caller is cancelled.
        let outcome: AsyncStream<MoltBot.Outcome>
        /// True when the outcome may have come and gone.
        let mayBeForgotten: Bool
        fileprivate let number: Int
    }

    private struct Waiter {
        var task: MoltBot.SubmittedTask
        var source: AsyncStream<MoltBot.Outcome>.Continuation
    }

    private struct State {
        var cache: OutcomeCache
        /// By task, each with a number; bounded by the callers, who wait.
        var waiters: [String: [Int: Waiter]] = [:]
        var lastNumber = 0
        var isClosed = false
        /// When the queue of replies was there again after a loss.
        var repliesFrom = Date.distantPast
    }

    private let state: Mutex<State>

    init(cachedBytes: Int) {
        state = Mutex(State(cache: OutcomeCache(maximumBytes: cachedBytes)))
    }

    /// The outcome, if it came lately.
    subscript(taskID: String) -> MoltBot.Outcome? { state.withLock { $0.cache[taskID] } }

    /// Starts a wait: what arrives from now on is not missed. It ends with ``leave(_:)``.
    func enter(_ task: MoltBot.SubmittedTask) -> Ticket {
        let (stream, source) = AsyncStream.makeStream(of: MoltBot.Outcome.self, bufferingPolicy: .bufferingNewest(1))
        let (number, mayBeForgotten) = state.withLock { state in
            state.lastNumber += 1
            if let outcome = state.cache[task.id] {
                source.yield(outcome)
            } else if state.isClosed {
                source.finish()
            } else {
                state.waiters[task.id, default: [:]][state.lastNumber] = Waiter(task: task, source: source)
            }
            return (state.lastNumber, state.cache.hasForgotten || task.submittedAt < state.repliesFrom)
        }
        return Ticket(task: task, outcome: stream, mayBeForgotten: mayBeForgotten, number: number)
    }

    func leave(_ ticket: Ticket) {
        state.withLock { state in
            state.waiters[ticket.task.id]?[ticket.number] = nil
            if state.waiters[ticket.task.id]?.isEmpty == true { state.waiters[ticket.task.id] = nil }
        }
    }

    /// Takes a terminal event.
    /// - Parameter isKept: whether it is likely to be asked for later: events of other programs' tasks are not.
    func arrived(_ event: MoltBot.Event, isKept: Bool) {
        let waiters = state.withLock { state in
            if isKept { guard state.cache.add(event) else { return [Waiter]() } }
            return Array((state.waiters.removeValue(forKey: event.taskID) ?? [:]).values)
        }
        for waiter in waiters { waiter.source.yield(event.outcome) }
    }

    /// Outcomes of tasks that were submitted before then may have come to a reply queue that was not there.
    func mayHaveMissedReplies(before time: Date) { state.withLock { $0.repliesFrom = time } }

    func isAwaited(_ taskID: String) -> Bool { state.withLock { $0.waiters[taskID] != nil } }

    /// The tasks that are waited for.
    var awaited: [MoltBot.SubmittedTask] { state.withLock { $0.waiters.values.compactMap(\.values.first?.task) } }

    /// Ends all waits, and those to come, without an outcome.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters.removeAll() }
            return state.waiters.values.flatMap(\.values)
        }
        for waiter in waiters { waiter.source.finish() }
    }
}
