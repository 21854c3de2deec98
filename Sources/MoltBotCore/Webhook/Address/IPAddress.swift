/// An IPv4 or IPv6 address as a number.
package enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt128)

    /// 4 or 16 bytes in network order; nil for another count.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: self = .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) })
        default: return nil
        }
    }

    /// The IPv4 address inside an IPv4-mapped one (`::ffff:0:0/96`), which the system dials as IPv4; any other address itself.
    package var unmapped: IPAddress {
        guard case .v6(let bits) = self, bits >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: bits))
    }

    /// The IPv4 address that a translator or tunnel on the way reaches through this one: NAT64 (RFC 6052, RFC 8215) and 6to4 (RFC 3056).
    package var translated: IPAddress? {
        guard case .v6(let bits) = self else { return nil }
        if bits >> 32 == 0x0064_ff9b_0000_0000_0000_0000 || bits >> 80 == 0x0064_ff9b_0001 {
            return .v4(UInt32(truncatingIfNeeded: bits))
        }
        return bits >> 112 == 0x2002 ? .v4(UInt32(truncatingIfNeeded: bits >> 80)) : nil
    }

    var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// `192.0.2.1`, or IPv6 in the form of RFC 5952.
    package var description: String {
        switch self {
        case .v4(let bits): (0..<4).map { "\(bits >> (24 - 8 * $0) & 0xFF)" }.joined(separator: ".")
        case .v6(let bits): Self.text(of: (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) })
        }
    }

    private static func text(of groups: [UInt16]) -> String {
        func text(_ groups: ArraySlice<UInt16>) -> String { groups.map { String($0, radix: 16) }.joined(separator: ":") }
        // The first of the longest runs of zeros, if it is worth it.
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        guard longest.count > 1 else { return text(groups[...]) }
        return "\(text(groups[..<longest.lowerBound]))::\(text(groups[longest.upperBound...]))"
    }
}
