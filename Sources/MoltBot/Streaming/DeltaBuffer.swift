internal import Synchronization

/// Pieces of one answer between the connection and their reader.
///
/// A reader that is slower than the model gets several pieces as one: nothing is lost, and no more is held than the answer's text.
final class DeltaBuffer: Sendable {
    private enum Step {
        case give(MoltBot.Delta)
        case end(MoltBot.Outcome)
        case close
        case wait(Int, AsyncStream<Void>)
    }

    private struct State {
        var assembler = AnswerAssembler()
        var pending: MoltBot.Delta?
        var outcome: MoltBot.Outcome?
        var isClosed = false
        /// Of those who wait. Each has a stream of its own: one in which somebody was cancelled has ended for whoever comes after.
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var lastWaiter = 0

        mutating func append(_ delta: MoltBot.Delta) {
            guard let earlier = pending, !delta.isRestart else {
                pending = delta
                return
            }
            pending = MoltBot.Delta(text: earlier.text + delta.text, isRestart: earlier.isRestart)
        }

        mutating func next() -> Step {
            if let delta = pending {
                pending = nil
                return .give(delta)
            }
            if let outcome { return .end(outcome) }
            if isClosed { return .close }
            let (news, source) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            lastWaiter += 1
            waiters[lastWaiter] = source
            return .wait(lastWaiter, news)
        }
    }

    let task: MoltBot.SubmittedTask
    private let state = Mutex(State())

    init(_ task: MoltBot.SubmittedTask) {
        self.task = task
    }

    func received(_ number: Int, _ text: String) {
        change { state in
            guard state.outcome == nil, let delta = state.assembler.received(number, text) else { return }
            state.append(delta)
        }
    }

    func ended(_ outcome: MoltBot.Outcome) {
        change { state in
            guard state.outcome == nil else { return }
            if outcome.status == .completed, let rest = state.assembler.ended(with: outcome.result ?? "") { state.append(rest) }
            state.outcome = outcome
        }
    }

    /// Ends the reading without an outcome.
    func close() {
        change { $0.isClosed = true }
    }

    /// Those who wait look again.
    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.finish() }
    }

    /// - Returns: all that came since the last call; nil at the end of the answer.
    /// - Throws: ``MoltBotError``: `taskFailed`, `closed`, `cancelled`.
    func next() async throws(MoltBotError) -> MoltBot.Delta? {
        while true {
            switch state.withLock({ $0.next() }) {
            case .give(let delta):
                return delta
            case .end(let outcome):
                _ = try outcome.text()
                return nil
            case .close:
                throw .closed
            case .wait(let waiter, let stream):
                defer { state.withLock { _ = $0.waiters.removeValue(forKey: waiter) } }
                if Task.isCancelled { throw .cancelled }
                var news = stream.makeAsyncIterator()
                await news.next(isolation: #isolation)
            }
        }
    }
}
