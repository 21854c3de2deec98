/// When a delivery that failed is tried again. Pure; the caller brings the randomness.
package struct DeliverySchedule: Sendable, Equatable {
    /// The share by which a wait is longer or shorter at random: what failed together does not come back together.
    package static let jitter = 0.2

    /// The wait before each retry.
    package let waits: [Duration]

    package init(_ waits: [Duration] = WebhookEndpoint.defaultSchedule) {
        self.waits = waits
    }

    /// The first attempt and all retries.
    package var attempts: Int { waits.count + 1 }

    /// The wait before the next attempt; nil when there is none.
    /// - Parameters:
    ///   - attempt: the attempt that just failed, counted from 1.
    ///   - minimum: what the receiver asks for, which no jitter shortens.
    package func wait(
        afterAttempt attempt: Int, atLeast minimum: Duration? = nil, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt >= 1, attempt <= waits.count else { return nil }
        let wait = waits[attempt - 1] * Double.random(in: (1 - Self.jitter)...(1 + Self.jitter), using: &generator)
        return max(wait, minimum ?? .zero)
    }

    /// From the first attempt to the last, without jitter and the attempts' own time.
    package var window: Duration { waits.reduce(.zero, +) }

    /// The shortest and the longest that jitter makes of ``window``.
    package var windowLimits: ClosedRange<Duration> {
        // In whole numbers: 1.2 is none in binary.
        let percent = Int((Self.jitter * 100).rounded())
        return window * (100 - percent) / 100...window * (100 + percent) / 100
    }
}

extension DeliverySchedule: CustomStringConvertible {
    /// For a person: `8 attempts within 27 h 35 min 5 s: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h (±20 %)`.
    package var description: String {
        guard !waits.isEmpty else { return "1 attempt" }
        let texts = waits.map(Self.text).joined(separator: ", ")
        return "\(attempts) attempts within \(Self.text(window)): at once, then after \(texts) (±\(Int(Self.jitter * 100)) %)"
    }

    /// Units that count, the largest first: `1 h 30 min`.
    package static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let milliseconds = duration.wholeMilliseconds % 1000
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"), (milliseconds, "ms")]
        let text = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
        return text.isEmpty ? "0 s" : text
    }
}
