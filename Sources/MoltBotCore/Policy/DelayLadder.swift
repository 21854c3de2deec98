/// The arithmetic of the delay ladder: queues of 2^k seconds, chained by topic exchanges that read one bit of the delay each.
///
/// A message enters at the level of its highest set bit. At level k a word `1` sends it through the queue of 2^k seconds, a `0` straight on to
/// level k - 1; below level 0 the rest of the key is its destination.
package enum DelayLadder {
    package static let levels = 0...21
    /// The longest delay of one passage, about 48.5 days.
    package static let maximum = Duration.seconds((1 << levels.count) - 1)
    /// Bytes that the bits and their dots take of a routing key's 255.
    package static let keyOverhead = levels.count * 2

    package struct Entry: Sendable, Equatable {
        /// Whose exchange the message is published to.
        package let level: Int
        /// The bits, the highest first, then the destination: `0.0. … .1.0.1.default.high`.
        package let routingKey: String
        /// What the ladder does not wait: the part below a second, or what goes beyond ``maximum``. The caller waits for it.
        package let rest: Duration
    }

    /// Where a message enters to come out at `destination` after `delay`; nil when the delay is under a second.
    ///
    /// Whole seconds only, rounded down: the message is early by `rest`, never late by more than the broker needs.
    package static func entry(for delay: Duration, destination: String) -> Entry? {
        let seconds = min(max(delay.components.seconds, 0), maximum.components.seconds)
        guard seconds > 0 else { return nil }
        var key = ""
        key.reserveCapacity(keyOverhead + destination.utf8.count)
        for level in levels.reversed() {
            key += seconds >> Int64(level) & 1 == 1 ? "1." : "0."
        }
        key += destination
        let level = Int64.bitWidth - 1 - seconds.leadingZeroBitCount
        return Entry(level: level, routingKey: key, rest: delay - .seconds(seconds))
    }
}
