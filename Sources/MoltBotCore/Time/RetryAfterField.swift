/// The value of `Retry-After` (RFC 9110, 10.2.3): how long to wait at least.
package enum RetryAfterField {
    /// Nobody means longer than a day; a broken header must not park anything for a year.
    package static let longest = Duration.seconds(86_400)

    /// Seconds, whole or with a fraction, or an HTTP date in any of its three forms. Nil when it is neither; at most ``longest``, and zero
    /// for a date that has passed.
    package static func wait(_ text: String, now: Timestamp) -> Duration? {
        seconds(text) ?? Timestamp(httpDate: text).map { min(max($0 - now, .zero), longest) }
    }

    /// A number of seconds, or of other units, rounded up to the millisecond and held to zero to ``longest``.
    package static func seconds(_ text: some StringProtocol, unit: Double = 1) -> Duration? {
        guard let value = Double(text), value.isFinite else { return nil }
        let seconds = min(max(value * unit, 0), Double(longest.components.seconds))
        return .milliseconds(Int64((seconds * 1000).rounded(.up)))
    }
}
