extension MoltBot {
    /// The events of the workspace's tasks as they come, whoever submitted the tasks.
    ///
    /// A reader that falls behind by more than ``MoltBot/Options/eventBuffer`` events misses the oldest of them, and ``missed`` counts
    /// those: no reader holds up another one, or the workers. What has to see every event for certain, also while it does not run, reads a
    /// queue of its own (`moltbot results --queue`) or is a webhook.
    ///
    /// Ends when the client is closed. Iterate it once.
    public struct Events: AsyncSequence, Sendable {
        let stream: AsyncStream<Event>
        let buffer: EventBuffer

        /// Events that were dropped because this reader was too slow.
        public var missed: Int { buffer.missed }

        public struct AsyncIterator: AsyncIteratorProtocol {
            var events: AsyncStream<Event>.Iterator

            public mutating func next() async -> Event? { await events.next(isolation: #isolation) }

            public mutating func next(isolation actor: isolated (any Actor)?) async -> Event? { await events.next(isolation: actor) }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(events: stream.makeAsyncIterator()) }
    }
}
