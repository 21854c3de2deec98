internal import MoltBotCore

/// What lets a caller in. A connection that stays open is closed when it ends.
enum Grant: Sendable, Equatable {
    /// There are no keys: this machine's MoltBot is open to whoever is on it.
    case openServer
    case key(id: String)
    case token(until: Timestamp)
}
