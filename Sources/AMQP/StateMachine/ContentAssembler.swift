internal import NIOCore

/// Joins method, content header and body frames of one channel into a message. Pure but for the bytes it copies.
struct ContentAssembler {
    struct Content {
        var method: Method
        var properties: AMQPProperties
        var body: ByteBuffer
    }

    private enum State {
        case idle
        case awaitingHeader(Method)
        case awaitingBody(Content, remaining: UInt64)
    }

    /// The body is allocated as it arrives beyond this size, so that a lying header cannot claim memory.
    private static let largestReservation = 1 << 20
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
        var content = Content(method: method, properties: properties, body: ByteBuffer())
        guard bodySize > 0 else {
            state = .idle
            return content
        }
        content.body.reserveCapacity(Int(min(bodySize, UInt64(Self.largestReservation))))
        state = .awaitingBody(content, remaining: bodySize)
        return nil
    }

    /// Returns the message when these were its last bytes.
    mutating func bodyReceived(_ bytes: UnsafeRawBufferPointer) throws(AMQPError) -> Content? {
        guard case .awaitingBody(var content, let remaining) = state, UInt64(bytes.count) <= remaining else {
            throw AMQPError(.protocolViolation, "the broker sent more body bytes than the header announced")
        }
        state = .idle
        content.body.writeBytes(bytes)
        let rest = remaining - UInt64(bytes.count)
        guard rest > 0 else { return content }
        state = .awaitingBody(content, remaining: rest)
        return nil
    }

    /// True between messages: only then may another method arrive on the channel.
    var isIdle: Bool {
        if case .idle = state { true } else { false }
    }
}
