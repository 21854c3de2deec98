internal import CLinux

/// A moment of wall-clock time, to the millisecond, in UTC.
///
/// For what crosses processes: deadlines, `run_at`, event times. Waits inside one process use a `Clock` instead.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let millisecondsSinceEpoch: Int64

    package init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    /// Seconds beyond what a timestamp holds stay at the end of its range: AMQP timestamps have 64 bits, and any sender sets them.
    package init(secondsSinceEpoch: Int64) {
        let (milliseconds, overflow) = secondsSinceEpoch.multipliedReportingOverflow(by: 1000)
        self.init(millisecondsSinceEpoch: overflow ? (secondsSinceEpoch < 0 ? .min : .max) : milliseconds)
    }

    package var secondsSinceEpoch: Int64 { millisecondsSinceEpoch.flooredQuotient(1000) }

    /// The system clock's reading. The only impure function of this module.
    package static func now() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: clinux_wall_clock_milliseconds())
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    /// A sum beyond what a timestamp holds stays at the end of its range.
    package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = moment.millisecondsSinceEpoch.addingReportingOverflow(duration.wholeMilliseconds)
        return Timestamp(millisecondsSinceEpoch: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The time from `right` to `left`; negative when `right` is the later one.
    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.millisecondsSinceEpoch) - .milliseconds(right.millisecondsSinceEpoch)
    }
}

extension Duration {
    /// Rounded towards zero; a duration beyond 64 bits counts as the longest.
    package var wholeMilliseconds: Int64 {
        // Not by `components`: their seconds overflow as well.
        Int64(clamping: attoseconds / 1_000_000_000_000_000)
    }
}

extension Int64 {
    /// Division that rounds down also below zero, as calendars need it.
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
