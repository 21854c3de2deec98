/// An address a connection is about to be made to, after name resolution.
public struct RemoteAddress: Sendable, Hashable {
    public enum Family: Sendable, Hashable {
        case ipv4
        case ipv6
    }

    public let family: Family

    /// 4 or 16 bytes in network order.
    public let bytes: [UInt8]

    public let port: Int

    public init(family: Family, bytes: [UInt8], port: Int) {
        self.family = family
        self.bytes = bytes
        self.port = port
    }
}
