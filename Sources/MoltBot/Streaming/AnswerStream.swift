extension MoltBot {
    /// An answer while it is being written: its pieces, one after the other.
    ///
    ///     let answer = try await bot.stream("Tell me a story")
    ///     for try await piece in answer { print(piece, terminator: "") }
    ///
    /// A reader that is slower than the model gets several pieces as one. The texts since the last ``Delta/isRestart`` are, at the end,
    /// exactly the outcome's result. Iterate it once; the task goes on when you stop reading.
    ///
    /// Iterating throws ``MoltBotError`` with code `taskFailed` when the task ends without an answer.
    public struct AnswerStream: AsyncSequence, Sendable {
        public let task: SubmittedTask
        let buffer: DeltaBuffer

        public struct AsyncIterator: AsyncIteratorProtocol {
            let buffer: DeltaBuffer

            public func next() async throws -> Delta? { try await buffer.next() }

            public func next(isolation actor: isolated (any Actor)?) async throws(MoltBotError) -> Delta? { try await buffer.next() }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(buffer: buffer) }
    }
}
