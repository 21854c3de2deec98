/// What to consume, and how much of it at once.
public struct AMQPSubscription: Sendable {
    public var queue: String
    /// Deliveries that may be unsettled at once, at least 1, and so the most handlers that run at once on one channel. A queue has
    /// no more than this in flight, so the highest priority is always chosen from all that is ready; a stream sends whole chunks, of
    /// which the surplus waits here. With 1, deliveries are handled one by one in order.
    public var prefetch: UInt16
    /// True asks to be the queue's only consumer.
    public var isExclusive: Bool
    /// Asked for each time the consumer starts, so that a stream goes on where it was (`x-stream-offset`).
    public var arguments: @Sendable () -> AMQPTable

    public init(
        queue: String, prefetch: UInt16, isExclusive: Bool = false, arguments: @escaping @Sendable () -> AMQPTable = { [:] }
    ) {
        self.queue = queue
        self.prefetch = max(1, prefetch)
        self.isExclusive = isExclusive
        self.arguments = arguments
    }
}
