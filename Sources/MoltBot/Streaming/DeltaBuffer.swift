internal import Synchronization

/// Pieces of one answer between the connection and their reader.
///
/// A reader that is slower than the model gets several pieces as one: nothing is lost, and no more is held than the answer's text.
final class DeltaBuffer: Sendable {
    private struct State {
        var assembler = AnswerAssembler()
        var pending: MoltBot.Delta?
        var outcome: MoltBot.Outcome?
        var isClosed = false

        mutating func append(_ delta: MoltBot.Delta) {
            guard let earlier = pending, !delta.isRestart else {
                pending = delta
                return
            }
            pending = MoltBot.Delta(text: earlier.text + delta.text, isRestart: earlier.isRestart)
        }
    }

    let task: MoltBot.SubmittedTask
    private let state = Mutex(State())
    private let news: AsyncStream<Void>
    private let newsSource: AsyncStream<Void>.Continuation

    init(_ task: MoltBot.SubmittedTask) {
        self.task = task
        (news, newsSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func received(_ number: Int, _ text: String) {
        state.withLock { state in
            guard state.outcome == nil, let delta = state.assembler.received(number, text) else { return }
            state.append(delta)
        }
        newsSource.yield()
    }

    func ended(_ outcome: MoltBot.Outcome) {
        state.withLock { state in
            guard state.outcome == nil else { return }
            if outcome.status == .completed, let rest = state.assembler.ended(with: outcome.result ?? "") { state.append(rest) }
            state.outcome = outcome
        }
        newsSource.finish()
    }

    /// Ends the reading without an outcome.
    func close() {
        state.withLock { $0.isClosed = true }
        newsSource.finish()
    }

    /// - Returns: all that came since the last call; nil at the end of the answer.
    /// - Throws: ``MoltBotError``: `taskFailed`, `closed`, `cancelled`.
    func next() async throws(MoltBotError) -> MoltBot.Delta? {
        while true {
            let (delta, outcome, isClosed) = state.withLock { state in
                defer { state.pending = nil }
                return (state.pending, state.outcome, state.isClosed)
            }
            if let delta { return delta }
            if let outcome {
                _ = try outcome.text()
                return nil
            }
            if isClosed { throw .closed }
            if Task.isCancelled { throw .cancelled }
            var news = news.makeAsyncIterator()
            await news.next(isolation: #isolation)
        }
    }
}
