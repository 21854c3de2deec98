/// A place in time that a limiter has reserved for a task, which waits for it at the broker.
///
/// It travels with the message: whichever worker gets the task, its call is counted once, by the worker that gave the slot.
package struct TimeSlot: Sendable, Equatable {
    /// How late a slot may be used. A crowd of late ones would be a burst.
    package static let validity = Duration.seconds(5)

    package var deployment: String
    package var time: Timestamp
    /// Reserved with it.
    package var tokens: Int

    package init(deployment: String, time: Timestamp, tokens: Int) {
        self.deployment = deployment
        self.time = time
        self.tokens = tokens
    }

    /// `2026-11-21T10:00:00.250Z 1200 gpt-4-primary`, the text of header `x-moltbot-slot`.
    package var text: String { "\(time.rfc3339) \(tokens) \(deployment)" }

    package init?(text: String) {
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let time = Timestamp(rfc3339: String(parts[0])), let tokens = Int(parts[1]), tokens >= 0 else { return nil }
        self.init(deployment: String(parts[2]), time: time, tokens: tokens)
    }

    package func isValid(at now: Timestamp) -> Bool { now - time < Self.validity }
}
