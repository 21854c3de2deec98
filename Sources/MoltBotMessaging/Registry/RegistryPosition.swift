internal import AMQP

/// A message of the registry stream.
struct RegistryPosition: Sendable, Equatable {
    /// Grows along the stream; a stream that was deleted and declared anew begins at 0 again.
    let offset: Int64
    let messageID: String?

    /// Nil for a delivery without an offset, which does not come from a stream.
    init?(_ delivery: AMQPDelivery) {
        guard let offset = delivery.properties.headers?["x-stream-offset"]?.integerValue else { return nil }
        self.offset = offset
        messageID = delivery.properties.messageID
    }
}
