internal import AMQP
internal import Synchronization

/// The acks of one channel.
final class DeliveryAcks: Sendable {
    /// Short against any request over a network; what it holds back comes again if the relay dies meanwhile, as does what is in flight.
    private static let pause = Duration.milliseconds(5)

    let channel: AMQPChannel
    private let held: Mutex<HeldAcks<AMQPDelivery>>

    init(channel: AMQPChannel, limit: Int) {
        self.channel = channel
        held = Mutex(HeldAcks(limit: limit))
    }

    func started() { held.withLock { $0.started() } }

    /// A handler has ended. Returns when its delivery is settled, or another handler will do that.
    func ended(_ delivery: AMQPDelivery?) async {
        switch held.withLock({ $0.ended(delivery) }) {
        case .nothing: return
        case .settle(let deliveries): settle(deliveries)
        case .wait:
            // Cut short by a cancellation, and then settled at once.
            try? await Task.sleep(for: Self.pause)
            settle(held.withLock { $0.waited() })
        }
    }

    private func settle(_ deliveries: [AMQPDelivery]) {
        for delivery in deliveries { channel.settle(delivery, .ack) }
    }
}
