import Glibc

/// Asks a port whether AMQP is spoken there: sends the protocol header and waits for the server's first method frame.
/// It tells a broker that works from one whose socket merely exists, e.g. because the process is suspended.
enum HandshakeProbe {
    /// The AMQP 0-9-1 protocol header, section 4.2.2 of the specification.
    private static let protocolHeader: [UInt8] = Array("AMQP".utf8) + [0, 0, 9, 1]
    private static let methodFrame: UInt8 = 1

    static func answers(port: Int, within duration: Duration) async -> Bool {
        let deadline = ContinuousClock.now + duration
        let connection = OwnedDescriptor(
            socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0))
        let number = connection.number
        guard number >= 0 else { return false }
        if LoopbackAddress.withPointer(port: port, { connect(number, $0, $1) }) != 0 {
            guard errno == EINPROGRESS, await DescriptorWait.wait(for: [number], events: POLLOUT, until: deadline) == .ready([number])
            else { return false }
        }
        guard send(number, protocolHeader, protocolHeader.count, Int32(MSG_NOSIGNAL)) == protocolHeader.count else { return false }
        guard await DescriptorWait.wait(for: [number], until: deadline) == .ready([number]) else { return false }
        var first: UInt8 = 0
        return recv(number, &first, 1, 0) == 1 && first == methodFrame
    }
}
