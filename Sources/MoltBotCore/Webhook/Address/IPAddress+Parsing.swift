extension IPAddress {
    /// Reads an address in its canonical text form: IPv4 with four decimal numbers and no leading zeros, IPv6 as RFC 4291 section 2.2 says,
    /// a zone (`%eth0`) left aside. Nil for anything else, the forms of `inet_aton` too (`127.1`, `0x7f.1`, `2130706433`).
    package init?(_ text: some StringProtocol) {
        let address = text.contains(":") ? text.prefix { $0 != "%" } : text[...]
        guard let parsed = address.contains(":") ? Self.v6(String(address)) : Self.v4(String(address)) else { return nil }
        self = parsed
    }

    private static func v4(_ text: String) -> IPAddress? {
        bits(ofIPv4: text).map { .v4($0) }
    }

    private static func bits(ofIPv4 text: String) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                let number = number(part, radix: 10), number <= 255
            else { return nil }
            bits = bits << 8 | number
        }
        return bits
    }

    private static func v6(_ text: String) -> IPAddress? {
        guard let gap = text.firstRange(of: "::") else {
            guard let groups = groups(text[...]), groups.count == 8 else { return nil }
            return .v6(bits(of: groups))
        }
        guard let head = groups(text[..<gap.lowerBound], mayEndInIPv4: false), let tail = groups(text[gap.upperBound...]),
            head.count + tail.count <= 7
        else { return nil }
        return .v6(bits(of: head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail))
    }

    /// The 16-bit groups of one side of `::`. An address may end in an IPv4 address, which makes two.
    private static func groups(_ text: Substring, mayEndInIPv4: Bool = true) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(".") {
                guard let bits = bits(ofIPv4: String(part)) else { return nil }
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard (1...4).contains(part.utf8.count), let group = number(part.utf8, radix: 16) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: group))
            }
        }
        return groups
    }

    private static func bits(of groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Digits only: the standard library's own parser takes a sign.
    private static func number(_ digits: some Collection<UInt8>, radix: UInt32) -> UInt32? {
        var value: UInt32 = 0
        for digit in digits {
            let worth: UInt32
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): worth = UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): worth = UInt32(digit - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): worth = UInt32(digit - UInt8(ascii: "A")) + 10
            default: return nil
            }
            guard worth < radix else { return nil }
            value = value * radix + worth
        }
        return value
    }
}
