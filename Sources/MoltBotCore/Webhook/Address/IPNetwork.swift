/// A range of addresses with a common start: `10.0.0.0/8`, `fd00::/8`.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// Its first address.
    package let base: IPAddress
    /// How many leading bits are common.
    package let prefixLength: Int

    /// Bits of the address beyond the prefix are cleared. Nil when the length does not fit the address.
    package init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...address.bitCount).contains(prefixLength) else { return nil }
        switch address {
        case .v4(let bits): base = .v4(bits & ~(UInt32.max >> prefixLength))
        case .v6(let bits): base = .v6(bits & ~(UInt128.max >> prefixLength))
        }
        self.prefixLength = prefixLength
    }

    /// Reads CIDR notation; an address alone is a network of one.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, !text.contains("%"), let address = IPAddress(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(address, prefixLength: address.bitCount)
            return
        }
        guard let length = Int(parts[1]), parts[1] == "\(length)" else { return nil }
        self.init(address, prefixLength: length)
    }

    package func contains(_ address: IPAddress) -> Bool {
        switch (base, address) {
        case (.v4(let base), .v4(let bits)): (base ^ bits) & ~(UInt32.max >> prefixLength) == 0
        case (.v6(let base), .v6(let bits)): (base ^ bits) & ~(UInt128.max >> prefixLength) == 0
        default: false
        }
    }

    package var description: String { "\(base)/\(prefixLength)" }

    var isSingleAddress: Bool { prefixLength == base.bitCount }
}

extension IPNetwork {
    static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, length: UInt8 = 32) -> IPNetwork {
        let bits = [a, b, c, d].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return IPNetwork(known: .v4(bits), length: min(length, 32))
    }

    /// - Parameter groups: the first 16-bit groups; the others are 0.
    static func v6(_ groups: UInt16..., length: UInt8) -> IPNetwork {
        let bits = groups.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
        return IPNetwork(known: .v6(bits << (16 * (8 - groups.count))), length: min(length, 128))
    }

    private init(known base: IPAddress, length: UInt8) {
        self.base = base
        prefixLength = Int(length)
    }
}
