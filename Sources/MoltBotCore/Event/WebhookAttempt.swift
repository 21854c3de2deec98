/// One request of a webhook delivery, as the delivery's history keeps it.
package struct WebhookAttempt: Sendable, Equatable {
    /// Attempts kept with a delivery; the latest ones are the telling ones.
    package static let historyLimit = 20
    /// Bytes of an error's text in the history: all headers of a message must fit one frame of 128 KiB.
    private static let longestError = 300

    /// Counted from 1.
    package var number: Int
    package var startedAt: Timestamp
    /// To the millisecond.
    package var duration: Duration
    /// What the receiver answered; nil without an answer.
    package var status: Int?
    /// Why the attempt did not count as a success; nil when it did.
    package var error: String?

    package init(number: Int, startedAt: Timestamp, duration: Duration, status: Int? = nil, error: String? = nil) {
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.error = error
    }
}

extension WebhookAttempt {
    /// The last ``historyLimit`` attempts as JSON text, for a message header.
    package static func encodeHistory(_ attempts: [WebhookAttempt]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for attempt in attempts.suffix(historyLimit) {
            writer.beginObject()
            writer.member("number", attempt.number)
            writer.member("started_at", attempt.startedAt)
            writer.member("duration_ms", Int(clamping: attempt.duration.wholeMilliseconds))
            writer.member("status", attempt.status)
            writer.member("error", attempt.error.map { String($0.prefix(longestError)) })
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads such a text. An unreadable one counts as empty: history is for people, no delivery fails over it.
    package static func decodeHistory(_ text: String) -> [WebhookAttempt] {
        guard let document = try? JSONValue.parse(text), let entries = document.arrayValue else { return [] }
        return entries.suffix(historyLimit).compactMap { entry in
            guard let number = entry["number"]?.integerValue,
                let startedAt = entry["started_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
            else { return nil }
            return WebhookAttempt(
                number: Int(clamping: number), startedAt: startedAt,
                duration: .milliseconds(entry["duration_ms"]?.integerValue ?? 0),
                status: entry["status"]?.integerValue.map { Int(clamping: $0) }, error: entry["error"]?.stringValue)
        }
    }
}
