internal import NIOCore

/// Tells addresses that only this machine reaches from all others.
package enum ListenAddress {
    package static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        guard let address = try? SocketAddress(ipAddress: unbracketed(host), port: 0) else { return false }
        switch address {
        case .v4: return unbracketed(host).hasPrefix("127.")
        case .v6: return address.ipAddress == "::1"
        case .unixDomainSocket: return true
        }
    }

    /// The host of a `Host` header or of an origin, without its port.
    static func host(ofAuthority authority: some StringProtocol) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }

    private static func unbracketed(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }
}
