import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// How the values of the options of `moltbot webhooks` are written.
enum WebhookOptionSyntax {
    /// A header to set; without a value, to remove.
    struct Header: Sendable {
        var name: String
        var value: SecretString?
    }

    static func events(_ text: String) throws -> [EventPattern] {
        let names = ValueSyntax.list(text)
        guard !names.isEmpty else { throw ValidationError("expected event types, separated by commas, such as task.completed,task.failed") }
        return try names.map { name in
            guard let pattern = EventPattern(name) else {
                throw ValidationError("'\(name)' is no event type; write one such as task.completed, or task.* for several")
            }
            return pattern
        }
    }

    static func schedule(_ text: String) throws -> [Duration] {
        guard text != "none" else { return [] }
        let waits = ValueSyntax.list(text)
        guard !waits.isEmpty else { throw ValidationError("expected waits, separated by commas, such as 5s,5m,30m; or none") }
        return try waits.map(duration)
    }

    static func duration(_ text: String) throws -> Duration {
        guard let duration = ValueSyntax.duration(text) else {
            throw ValidationError("'\(text)' is no duration; write a number with one of the units ms, s, m, h, d, such as 20s")
        }
        return duration
    }

    /// `100/1m`.
    static func rateLimit(_ text: String) throws -> WebhookEndpoint.RateLimit {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let requests = Int(parts[0]), let period = ValueSyntax.duration(String(parts[1])) else {
            throw ValidationError("'\(text)' is no rate; write requests/period, such as 100/1m")
        }
        return WebhookEndpoint.RateLimit(requests: requests, period: period)
    }

    /// `Name: value`. The text may be a secret and is not repeated.
    static func header(_ text: String) throws -> Header {
        guard let colon = text.firstIndex(of: ":") else { throw ValidationError("expected 'Name: value', found no colon") }
        let value = text[text.index(after: colon)...].trimmingBlanks
        return Header(name: String(text[..<colon].trimmingBlanks), value: value.isEmpty ? nil : SecretString(String(value)))
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.dropLast(start.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    }
}
