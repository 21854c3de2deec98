import Foundation
import MoltBotConfig

/// Where the API is that a command asks, and why it is looked for there.
struct NodeAddress: Sendable, Equatable {
    /// Without a slash at its end.
    let url: String
    /// For messages: a flag, a variable, `file:line`, or the state folder.
    let origin: String

    init(url: String, origin: String) {
        self.url = url
        self.origin = origin
    }

    init(_ settings: Settings) throws(CommandFailure) {
        if let named = settings.node.url {
            origin = settings.place(of: .apiURL)
            url = try Self.checked(named, origin)
        } else if let recorded = NodeRecord(stateDirectory: settings.stateDirectory).url {
            origin = "the last one started with \(settings.stateDirectory)"
            url = try Self.checked(recorded, origin)
        } else if settings.isFlag(.stateDirectory), !settings.isSet(.apiPort) {
            // What listens on the default port belongs to another folder.
            throw CommandFailure(
                .unavailable, "no API runs with the state folder \(settings.stateDirectory)",
                remedy: "Start one with `moltbot up --state-dir \(settings.stateDirectory)`, or name one with --api-url.")
        } else {
            origin = "the default: none is named, and none runs with \(settings.stateDirectory)"
            url = Self.url(host: Self.reachable(settings.api.host), port: settings.api.port == 0 ? 8000 : settings.api.port)
        }
    }

    static func url(host: String, port: Int) -> String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Who listens on all addresses is asked on this machine's own one.
    static func reachable(_ host: String) -> String { ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host }

    /// The address without credentials.
    var redacted: String { Redaction.applied(to: url) }

    private static func checked(_ text: String, _ origin: String) throws(CommandFailure) -> String {
        let url = String(text.prefix(text.count - text.reversed().prefix { $0 == "/" }.count))
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil
        else {
            throw CommandFailure(
                .configuration, "\(SettingKey.apiURL.name) (from \(origin)) is no address of an API: '\(Redaction.applied(to: text))'",
                remedy: "Write it as http://127.0.0.1:8000 or https://moltbot.example.org.")
        }
        return url
    }
}
