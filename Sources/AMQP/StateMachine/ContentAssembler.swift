internal import NIOCore

/// Joins method, content header and body frames of one channel into a message. Pure but for the bytes it copies.
struct ContentAssembler {
    struct Content: Equatable {
        var method: Method
        var properties: AMQPProperties
        var body: ByteBuffer
    }

    private enum State {
        case idle
        case awaitingHeader(Method)
        case awaitingBody(Content, remaining: UInt64)
    }

    /// No broker sends more: RabbitMQ's `max_message_size` cannot be set above 512 MiB.
    static let largestBody: UInt64 = 512 << 20
    /// The body is allocated as it arrives beyond this size, so that a lying header cannot claim memory.
    private static let largestReservation: UInt64 = 1 << 20
    private var state = State.idle

    mutating func methodReceived(_ method: Method) throws(AMQPError) {
        guard case .idle = state else {
            throw AMQPError(.protocolViolation, "the broker began a message before the last one was complete")
        }
        state = .awaitingHeader(method)
    }

    /// Returns the message when it has no body.
    mutating func headerReceived(bodySize: UInt64, _ properties: AMQPProperties) throws(AMQPError) -> Content? {
        guard case .awaitingHeader(let method) = state else {
            throw AMQPError(.protocolViolation, "the broker sent a content header that no message began")
        }
        guard bodySize <= Self.largestBody else {
            throw AMQPError(.protocolViolation, "the broker announced a message of \(bodySize) bytes; \(Self.largestBody) is the most")
        }
        var content = Content(method: method, properties: properties, body: ByteBuffer())
        guard bodySize > 0 else {
            state = .idle
            return content
        }
        content.body.reserveCapacity(Int(min(bodySize, Self.largestReservation)))
        state = .awaitingBody(content, remaining: bodySize)
        return nil
    }

    /// Returns the message when these were its last bytes.
    mutating func bodyReceived(_ bytes: ByteBuffer) throws(AMQPError) -> Content? {
        guard case .awaitingBody(var content, let remaining) = state else {
            throw AMQPError(.protocolViolation, "the broker sent body bytes that no content header announced")
        }
        guard UInt64(bytes.readableBytes) <= remaining else {
            throw AMQPError(.protocolViolation, "the broker sent more body bytes than the header announced")
        }
        state = .idle
        content.body.writeImmutableBuffer(bytes)
        let rest = remaining - UInt64(bytes.readableBytes)
        guard rest > 0 else { return content }
        state = .awaitingBody(content, remaining: rest)
        return nil
    }

    /// True between messages: only then may another method arrive on the channel.
    var isIdle: Bool {
        if case .idle = state { true } else { false }
    }
}
