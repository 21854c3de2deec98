import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// One endpoint, for a person or for a program.
struct WebhookReport: Sendable {
    let endpoint: WebhookEndpoint
    /// Deliveries in its queue, where they were counted.
    var waiting: Int?
    /// A secret that was just made, and is shown this once.
    var newSecret: WebhookSecret?

    func print(to console: Console, asJSON: Bool) throws {
        guard asJSON else {
            for (label, text) in lines { try console.print(label + String(repeating: " ", count: 14 - label.count) + text) }
            return
        }
        try console.print { writer in
            writer.beginObject()
            writer.members(of: endpoint)
            if let waiting { writer.member("waiting", waiting) }
            writer.member("window", seconds: schedule.window)
            if let newSecret { writer.member("secret", newSecret.shareable) }
            writer.endObject()
        }
    }

    /// Like ``print(to:asJSON:)``, for what was made a moment ago.
    /// - Parameter unheard: what to do when nobody has heard the secret.
    func printOnce(to console: Console, asJSON: Bool, unheard: String) throws {
        do {
            try print(to: console, asJSON: asJSON)
        } catch let closed as Console.Closed where newSecret != nil {
            throw CommandFailure(
                .outputFailed, "the secret of \(endpoint.id) was made, and standard output can't be written: \(closed.reason)",
                remedy: "Nobody knows it. " + unheard)
        }
    }

    private var schedule: DeliverySchedule { DeliverySchedule(endpoint.schedule) }

    private var lines: [(String, String)] {
        var lines = [
            ("id", endpoint.id),
            ("url", endpoint.url),
            ("workspace", endpoint.workspace.name),
            ("state", endpoint.disabledReason.map { "disabled: \($0)" } ?? "enabled"),
            ("events", endpoint.eventTypes.map(\.description).joined(separator: ", ")),
        ]
        if let description = endpoint.description { lines.append(("description", description)) }
        lines += endpoint.headers.keys.sorted().map { ("header", "\($0): ***") }
        lines += endpoint.secrets.map { ("secret", Self.text(of: $0)) }
        lines.append(("attempts", "\(schedule)"))
        if !endpoint.schedule.isEmpty {
            let limits = schedule.windowLimits
            lines.append(
                ("window", "\(DeliverySchedule.text(limits.lowerBound)) to \(DeliverySchedule.text(limits.upperBound)) from first to last"))
        }
        lines += [
            ("timeout", endpoint.timeout.settingText),
            ("in flight", "\(endpoint.maxInFlight)"),
            ("rate limit", endpoint.rateLimit.map { "\($0.requests)/\($0.period.settingText)" } ?? "none"),
            ("ordering", endpoint.ordering.rawValue),
            ("created", endpoint.createdAt.rfc3339),
        ]
        if let waiting { lines.append(("waiting", "\(waiting)")) }
        if let newSecret { lines.append((newSecret.kind == .hmac ? "NEW SECRET" : "PUBLIC KEY", newSecret.shareable)) }
        return lines
    }

    private static func text(of secret: WebhookSecret) -> String {
        let key = secret.publicKey.map { ", \($0)" } ?? ""
        let end = secret.expiresAt.map { ", until \($0.rfc3339)" } ?? ""
        return "\(secret.kind.rawValue), fingerprint \(secret.fingerprint)\(key)\(end)"
    }
}

extension WebhookSecret {
    /// What its receiver has to know: the secret itself, or the public half of a key.
    fileprivate var shareable: String { publicKey ?? text.reveal() }
}
