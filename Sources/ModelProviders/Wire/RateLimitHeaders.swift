import CurlHTTP
import MoltBotCore

/// Reads what providers say about their limits in headers.
///
/// OpenAI, Azure, Groq and most others: `x-ratelimit-remaining-tokens`; Anthropic: `anthropic-ratelimit-tokens-remaining`; OpenRouter and
/// Together: `x-ratelimit-remaining`, which counts requests.
enum RateLimitHeaders {
    private static let prefixes = ["x-ratelimit-", "anthropic-ratelimit-"]

    /// Nil when there is nothing to read.
    static func read(_ headers: HTTPHeaders, now: Timestamp) -> RateLimitHints? {
        var windows: [String: RateLimitHints.Window] = [:]
        for field in headers {
            let name = field.name.lowercased()
            guard let prefix = prefixes.first(where: name.hasPrefix) else { continue }
            // The property stands before the subject or after it.
            var parts = name.dropFirst(prefix.count).split(separator: "-")
            guard let position = parts.firstIndex(where: { ["limit", "remaining", "reset"].contains($0) }) else { continue }
            let property = parts.remove(at: position)
            let subject = parts.isEmpty ? "requests" : parts.joined(separator: "-")
            var window = windows[subject] ?? RateLimitHints.Window()
            switch property {
            case "limit": window.limit = count(field.value)
            case "remaining": window.remaining = count(field.value)
            default: window.reset = reset(field.value, now: now)
            }
            windows[subject] = window
        }
        let hints = RateLimitHints(
            requests: windows["requests"], tokens: windows["tokens"], inputTokens: windows["input-tokens"],
            outputTokens: windows["output-tokens"])
        return hints.isEmpty ? nil : hints
    }

    private static func count(_ text: String) -> Int? {
        Double(text).flatMap { $0.isFinite && $0.magnitude < 1e15 ? max(0, Int($0)) : nil }
    }

    /// A duration (`6m0s`), a moment (RFC 3339), seconds, or a moment in seconds or milliseconds since 1970: nobody's window is 30 years.
    private static func reset(_ text: String, now: Timestamp) -> Duration? {
        let wait: Duration?
        if let number = Double(text), number.isFinite, number >= 0 {
            switch number {
            case ..<1e9: wait = .milliseconds(Int64(min(number, 86_400) * 1000))
            case ..<1e11: wait = Timestamp(secondsSinceEpoch: Int64(number)) - now
            case ..<1e15: wait = Timestamp(millisecondsSinceEpoch: Int64(number)) - now
            default: wait = nil
            }
        } else {
            wait = RetryAfter.goDuration(text) ?? Timestamp(rfc3339: text).map { $0 - now }
        }
        return wait.map { min(max($0, .zero), RetryAfterField.longest) }
    }
}
