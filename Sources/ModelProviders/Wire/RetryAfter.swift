import CurlHTTP
import MoltBotCore

/// How long a provider asks to wait. Providers say it in half a dozen ways; the most precise one counts.
enum RetryAfter {
    /// In this order: `retry-after-ms`, `x-ms-retry-after-ms`, `retry-after` (seconds or an HTTP date), the body's `retryDelay` (Google), the
    /// reset times of limits that have nothing left (durations like OpenAI's `6m0s`, or RFC 3339 times like Anthropic's).
    static func read(_ headers: HTTPHeaders, body: JSONValue?, now: Timestamp) -> Duration? {
        let wait =
            headers["retry-after-ms"].flatMap(milliseconds) ?? headers["x-ms-retry-after-ms"].flatMap(milliseconds)
            ?? headers["retry-after"].flatMap { RetryAfterField.wait($0, now: now) } ?? body.flatMap(retryDelay)
            ?? resetOfExhaustedLimits(headers, now: now)
        return wait.map { min(max($0, .zero), RetryAfterField.longest) }
    }

    private static func milliseconds(_ text: String) -> Duration? {
        RetryAfterField.seconds(text, unit: 0.001)
    }

    private static func retryDelay(_ body: JSONValue) -> Duration? {
        let details = body["error"]?["details"]?.arrayValue ?? []
        return details.lazy.compactMap { $0["retryDelay"]?.stringValue.flatMap(goDuration) }.first
    }

    private static func resetOfExhaustedLimits(_ headers: HTTPHeaders, now: Timestamp) -> Duration? {
        let prefixes = ["x-ratelimit-", "anthropic-ratelimit-"]
        let waits = headers.compactMap { field -> Duration? in
            let name = field.name.lowercased()
            guard let prefix = prefixes.first(where: name.hasPrefix) else { return nil }
            // `x-ratelimit-reset-tokens` beside `x-ratelimit-remaining-tokens`, but `anthropic-ratelimit-tokens-reset`.
            let parts = name.dropFirst(prefix.count).split(separator: "-")
            guard parts.contains("reset") else { return nil }
            let remaining = prefix + parts.map { $0 == "reset" ? "remaining" : String($0) }.joined(separator: "-")
            guard headers[remaining] == "0" else { return nil }
            return goDuration(field.value) ?? Timestamp(rfc3339: field.value).map { $0 - now }
        }
        return waits.max()
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
