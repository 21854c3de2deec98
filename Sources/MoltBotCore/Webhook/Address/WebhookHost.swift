/// The host of a webhook's URL: a name, or an address in its canonical form that the policy allows.
struct WebhookHost {
    /// Lower-case, without brackets.
    let text: String

    init(_ host: Substring, _ field: String, _ policy: AddressPolicy) throws(InvalidWebhook) {
        guard !host.isEmpty else { throw InvalidWebhook(field, "the URL has no host") }
        if host.hasPrefix("[") {
            let inside = host.dropFirst().dropLast()
            guard !inside.contains("%"), inside.contains(":"), let address = IPAddress(inside) else {
                throw InvalidWebhook(field, "\(host) is not an IPv6 address; zones (%...) are not allowed")
            }
            try Self.check(address, field, policy)
            text = "\(address)"
        } else if Self.endsInNumber(host) {
            guard let address = IPAddress(host) else {
                throw InvalidWebhook(field, "\(host) is an unusual spelling of an IPv4 address: write it as four decimal numbers")
            }
            try Self.check(address, field, policy)
            text = "\(address)"
        } else {
            text = try Self.name(host, field, policy)
        }
    }

    private static func check(_ address: IPAddress, _ field: String, _ policy: AddressPolicy) throws(InvalidWebhook) {
        guard let purpose = policy.refusal(of: address) else { return }
        throw InvalidWebhook(
            field, "\(address) is not a public address (\(purpose)): to allow it, add its network to relay.allowed_networks")
    }

    private static func name(_ host: Substring, _ field: String, _ policy: AddressPolicy) throws(InvalidWebhook) -> String {
        let name = host.lowercased()
        // The root's dot at the end is a name's right.
        let labels = (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy({ (1...63).contains($0.utf8.count) && $0.utf8.allSatisfy(isNameByte) }) else {
            throw InvalidWebhook(field, "\(host) is not a host name")
        }
        // RFC 6761: these always mean the machine itself, here the relay's.
        guard labels.last != "localhost" || policy.isAllowed(.v4(0x7F00_0001)) || policy.isAllowed(.v6(1)) else {
            throw InvalidWebhook(field, "\(host) is the relay itself: to allow it, add 127.0.0.0/8 to relay.allowed_networks")
        }
        return name
    }

    /// Whether URL parsers take the host for an IPv4 address: its last label is decimal, octal or hexadecimal digits (WHATWG URL, 3.5).
    private static func endsInNumber(_ host: Substring) -> Bool {
        let labels = host.split(separator: ".")
        guard let last = labels.last?.lowercased() else { return false }
        if last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { return true }
        return last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
