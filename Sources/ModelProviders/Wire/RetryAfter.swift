import CurlHTTP
import MoltBotCore

/// How long a provider asks to wait. Providers say it in half a dozen ways; the most precise one counts.
enum RetryAfter {
    /// In this order: `retry-after-ms`, `x-ms-retry-after-ms`, `retry-after` (seconds or an HTTP date), what the body says, the reset times of
    /// limits that have nothing left.
    static func read(_ headers: HTTPHeaders, body: Duration?, limits: RateLimitHints?, now: Timestamp) -> Duration? {
        let wait =
            headers["retry-after-ms"].flatMap(milliseconds) ?? headers["x-ms-retry-after-ms"].flatMap(milliseconds)
            ?? headers["retry-after"].flatMap { RetryAfterField.wait($0, now: now) } ?? body ?? limits?.waitForExhausted
        return wait.map { min(max($0, .zero), RetryAfterField.longest) }
    }

    /// Google puts it into the body's details.
    static func retryDelay(_ error: JSONValue) -> Duration? {
        (error["details"]?.arrayValue ?? []).lazy.compactMap { $0["retryDelay"]?.stringValue.flatMap(goDuration) }.first
    }

    /// `Please try again in 6m0s.` (OpenAI, Groq), `Please retry after 6 seconds.` (Azure): all that is left when a gateway drops headers.
    static func sentence(_ message: String) -> Duration? {
        let words = message.lowercased().split(whereSeparator: \.isWhitespace)
        guard
            let start = words.indices.first(where: {
                words[$0...].starts(with: ["try", "again", "in"]) || words[$0...].starts(with: ["retry", "after"])
            })
        else { return nil }
        let rest = words[start...].drop { !($0.first?.isNumber ?? false) }
        guard let value = rest.first.map({ $0.hasSuffix(".") ? $0.dropLast() : $0 }) else { return nil }
        let unit = rest.dropFirst().first ?? ""
        return goDuration(String(value)) ?? (unit.hasPrefix("second") ? RetryAfterField.seconds(value) : nil)
    }

    private static func milliseconds(_ text: String) -> Duration? {
        RetryAfterField.seconds(text, unit: 0.001)
    }

    /// A Go duration such as `17ms`, `10.68s`, `6m0s` or `1h2m3s`.
    static func goDuration(_ text: String) -> Duration? {
        var rest = text[...]
        var total = Duration.zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest[unit.endIndex...]
            let seconds: Double? = ["ms": 0.001, "s": 1, "m": 60, "h": 3600][unit]
            guard let seconds, let part = RetryAfterField.seconds(number, unit: seconds) else { return nil }
            total = min(total + part, RetryAfterField.longest)
        }
        return total
    }
}
