/// How long the parts of one exchange may take. A missing limit means no limit.
public struct HTTPTimeouts: Sendable, Hashable {
    /// From dialling to a usable connection: name resolution, TCP and TLS. Not spent while waiting for a free connection.
    public var connect: Duration

    /// From handing over the request to the first byte of the response's head, interim (1xx) responses included.
    public var firstByte: Duration?

    /// From handing over the request to the last byte of the response.
    public var total: Duration?

    public init(connect: Duration = .seconds(10), firstByte: Duration? = nil, total: Duration? = nil) {
        self.connect = connect
        self.firstByte = firstByte
        self.total = total
    }
}

extension Duration {
    /// Whole nanoseconds, held to 0 ... 292 years.
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? UInt64(Int64.max) : UInt64(product) + UInt64(attoseconds / 1_000_000_000)
    }
}
