internal import Synchronization

extension AMQPChannel {
    private static let lastReader = Atomic<UInt64>(0)

    /// Consumes in the broker's order, for readers of a stream or of a queue of one's own. Every delivery must be settled: at most
    /// `prefetch` of them are open at once. Ends with the channel; throws what ended it. Cancelling its reader ends the consumer, and the
    /// channel goes on.
    public func deliveries(of subscription: AMQPSubscription) async throws(AMQPError) -> AsyncThrowingStream<AMQPDelivery, any Error> {
        // A tag of its own: the end of the reader before may be on its way still.
        let tag = "reader.\(Self.lastReader.add(1, ordering: .relaxed).newValue)"
        return try await consume(
            subscription.queue, tag: tag, prefetch: subscription.prefetch, isExclusive: subscription.isExclusive,
            arguments: subscription.arguments())
    }
}
