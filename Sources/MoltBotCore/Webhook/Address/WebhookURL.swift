/// An endpoint's URL that passed the checks of its registration.
///
/// They give an early answer to whoever types the URL. What a host name resolves to is checked when a connection is made, each time.
package struct WebhookURL: Sendable, Hashable, CustomStringConvertible {
    private static let maximumLength = 2048

    /// As it was given; requests are sent to this.
    package let text: String
    package let isSecure: Bool
    /// Lower-case, without brackets.
    package let host: String
    package let port: Int

    /// May hold a token in its query: not for logs.
    package var description: String { "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// - Parameters:
    ///   - field: what errors call the URL.
    ///   - allowHTTP: whether `http` will do.
    ///   - allowedNetworks: see ``AddressPolicy/allowedNetworks``.
    package static func check(
        _ text: String, field: String = "url", allowHTTP: Bool = false, allowedNetworks: [IPNetwork] = []
    ) throws(InvalidWebhook) -> WebhookURL {
        guard text.utf8.count <= maximumLength else {
            throw InvalidWebhook(field, "the URL is longer than \(maximumLength) bytes")
        }
        // Parsers disagree on these: what one takes for a path another takes for a host.
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw InvalidWebhook(field, "the URL has a space, a backslash or a character beyond ASCII: percent-encode it (host: xn--...)")
        }
        guard !text.contains("#") else {
            throw InvalidWebhook(field, "the URL has a fragment (#...), which is never sent: leave it out")
        }
        guard let colon = text.firstRange(of: "://"), let isSecure = isSecure(scheme: text[..<colon.lowerBound]) else {
            throw InvalidWebhook(field, "expected an absolute URL such as https://example.org/hook")
        }
        guard isSecure || allowHTTP else {
            throw InvalidWebhook(field, "http sends events for anybody to read: use https, or allow it with relay.allow_http")
        }
        let authority = text[colon.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw InvalidWebhook(field, "the URL has a user name or password in it: send it as a header, such as Authorization")
        }
        let (name, portText) = try split(authority, field)
        let host = try WebhookHost(name, field, AddressPolicy(allowedNetworks: allowedNetworks))
        return WebhookURL(text: text, isSecure: isSecure, host: host.text, port: try port(portText, isSecure: isSecure, field))
    }

    private static func isSecure(scheme: Substring) -> Bool? {
        ["https": true, "http": false][scheme.lowercased()]
    }

    /// The host, in its brackets if it has some, and what follows its colon.
    private static func split(_ authority: Substring, _ field: String) throws(InvalidWebhook) -> (host: Substring, port: Substring?) {
        guard authority.hasPrefix("[") else {
            let host = authority.prefix { $0 != ":" }
            return (host, host.endIndex == authority.endIndex ? nil : authority[host.endIndex...].dropFirst())
        }
        guard let bracket = authority.firstIndex(of: "]") else {
            throw InvalidWebhook(field, "the URL's IPv6 address lacks its closing bracket")
        }
        let rest = authority[authority.index(after: bracket)...]
        guard rest.isEmpty || rest.hasPrefix(":") else {
            throw InvalidWebhook(field, "after the IPv6 address only :port or a path may follow")
        }
        return (authority[...bracket], rest.isEmpty ? nil : rest.dropFirst())
    }

    private static func port(_ text: Substring?, isSecure: Bool, _ field: String) throws(InvalidWebhook) -> Int {
        guard let text else { return isSecure ? 443 : 80 }
        guard let port = UInt16(text), port > 0, text == "\(port)" else {
            throw InvalidWebhook(field, "the URL's port is not a number from 1 to 65535")
        }
        guard !mailPorts.contains(port) else {
            throw InvalidWebhook(field, "port \(port) belongs to mail servers, which would take a request for mail commands")
        }
        return Int(port)
    }

    /// A request's text can be shaped into commands for these, and browsers do not talk HTTP to them either.
    private static let mailPorts: Set<UInt16> = [25, 110, 143, 465, 587, 993, 995]
}
