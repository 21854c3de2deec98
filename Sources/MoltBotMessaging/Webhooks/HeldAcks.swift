/// Deliveries that are done with and whose acks are held for a moment, so that many leave as one. Pure.
///
/// Requests end out of their order, and RabbitMQ looks through all that a channel has open for each ack that is not the oldest one's;
/// each ack is also an entry of the queue's log. A few milliseconds later most of them are a row without a gap, which is one ack.
struct HeldAcks<Delivery> {
    enum Action {
        case nothing
        /// Ask ``waited()`` a moment later.
        case wait
        case settle([Delivery])
    }

    private let limit: Int
    private var running = 0
    private var done: [Delivery] = []
    private var isWaiting = false

    /// - Parameter limit: acks held at most.
    init(limit: Int) {
        self.limit = max(1, limit)
    }

    mutating func started() { running += 1 }

    /// - Parameter delivery: nil when there is nothing to ack.
    mutating func ended(_ delivery: Delivery?) -> Action {
        running -= 1
        if let delivery { done.append(delivery) }
        if done.isEmpty { return .nothing }
        // Nothing else would come for it to wait for.
        if running == 0 || done.count >= limit { return .settle(take()) }
        guard !isWaiting else { return .nothing }
        isWaiting = true
        return .wait
    }

    mutating func waited() -> [Delivery] {
        isWaiting = false
        return take()
    }

    private mutating func take() -> [Delivery] {
        defer { done = [] }
        return done
    }
}
