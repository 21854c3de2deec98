extension AMQPChannel {
    /// Consumes in the broker's order, for readers of a stream or of a queue of one's own. Every delivery must be settled: at most
    /// `prefetch` of them are open at once. Ends with the channel; throws what ended it.
    public func deliveries(of subscription: AMQPSubscription) async throws(AMQPError) -> AsyncThrowingStream<AMQPDelivery, any Error> {
        try await consume(
            subscription.queue, tag: "reader", prefetch: subscription.prefetch, isExclusive: subscription.isExclusive,
            arguments: subscription.arguments())
    }
}
