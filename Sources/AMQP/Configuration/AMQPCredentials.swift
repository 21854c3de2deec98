/// How the client proves who it is. Its description never shows the password.
public enum AMQPCredentials: Sendable, Hashable {
    case plain(user: String, password: String)
    /// The broker takes the identity from the TLS client certificate.
    case external

    var mechanism: String {
        switch self {
        case .plain: "PLAIN"
        case .external: "EXTERNAL"
        }
    }

    /// The SASL response (RFC 4616 for PLAIN: authorisation id, user and password, each after a zero octet).
    var response: [UInt8] {
        switch self {
        case .plain(let user, let password): [0] + Array(user.utf8) + [0] + Array(password.utf8)
        case .external: []
        }
    }
}

extension AMQPCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        switch self {
        case .plain(let user, _): "PLAIN as \(user)"
        case .external: "EXTERNAL"
        }
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
