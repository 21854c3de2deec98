/// Addresses that no receiver on the Internet has: the special-purpose registries of IANA (RFC 6890 and what came after it), and the
/// addresses under which clouds hand out credentials.
enum SpecialNetworks {
    /// What an address belongs to, for a person; nil for an ordinary public one.
    static func purpose(of address: IPAddress) -> String? {
        if isMetadata(address) { return "a cloud's metadata service" }
        if let known = networks.first(where: { $0.network.contains(address) }) { return known.purpose }
        // All that was ever given out to hosts; the rest is reserved, and what will become of it nobody knows.
        if case .v6 = address, !IPNetwork.v6(0x2000, length: 3).contains(address) { return "not global unicast" }
        return nil
    }

    static func isMetadata(_ address: IPAddress) -> Bool {
        metadata.contains { $0.contains(address) }
    }

    private static let metadata: [IPNetwork] = [
        .v4(169, 254, 169, 254), .v4(169, 254, 170, 2), .v4(100, 100, 100, 200), .v4(168, 63, 129, 16), .v4(192, 0, 0, 192),
        .v6(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254, length: 128), .v6(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254, length: 128),
    ]

    private static let networks: [(network: IPNetwork, purpose: String)] = [
        (.v4(0, 0, 0, 0, length: 8), "this network"),
        (.v4(10, 0, 0, 0, length: 8), "private"),
        (.v4(100, 64, 0, 0, length: 10), "shared by a provider's customers"),
        (.v4(127, 0, 0, 0, length: 8), "loopback"),
        (.v4(169, 254, 0, 0, length: 16), "link-local"),
        (.v4(172, 16, 0, 0, length: 12), "private"),
        (.v4(192, 0, 0, 0, length: 24), "reserved for protocols"),
        (.v4(192, 0, 2, 0, length: 24), "for documentation"),
        (.v4(192, 31, 196, 0, length: 24), "reserved for AS112"),
        (.v4(192, 52, 193, 0, length: 24), "reserved for multicast tunnels"),
        (.v4(192, 88, 99, 0, length: 24), "a 6to4 relay"),
        (.v4(192, 168, 0, 0, length: 16), "private"),
        (.v4(192, 175, 48, 0, length: 24), "reserved for AS112"),
        (.v4(198, 18, 0, 0, length: 15), "for benchmarks"),
        (.v4(198, 51, 100, 0, length: 24), "for documentation"),
        (.v4(203, 0, 113, 0, length: 24), "for documentation"),
        (.v4(224, 0, 0, 0, length: 4), "multicast"),
        (.v4(240, 0, 0, 0, length: 4), "reserved"),
        (.v6(0, 0, 0, 0, 0, 0, 0, 0, length: 128), "unspecified"),
        (.v6(0, 0, 0, 0, 0, 0, 0, 1, length: 128), "loopback"),
        (.v6(0x64, 0xff9b, length: 96), "IPv4 behind NAT64"),
        (.v6(0x64, 0xff9b, 1, length: 48), "IPv4 behind NAT64"),
        (.v6(0x100, length: 64), "the discard prefix"),
        (.v6(0x2001, length: 23), "reserved for protocols"),
        (.v6(0x2001, 0xdb8, length: 32), "for documentation"),
        (.v6(0x2002, length: 16), "IPv4 behind 6to4"),
        (.v6(0x2620, 0x4f, 0x8000, length: 48), "reserved for AS112"),
        (.v6(0x3fff, length: 20), "for documentation"),
        (.v6(0x5f00, length: 16), "segment routing"),
        (.v6(0xfc00, length: 7), "private"),
        (.v6(0xfe80, length: 10), "link-local"),
        (.v6(0xff00, length: 8), "multicast"),
    ]
}
