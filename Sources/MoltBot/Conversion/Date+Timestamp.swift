internal import FoundationEssentials
internal import MoltBotCore

extension Date {
    init(_ timestamp: Timestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.millisecondsSinceEpoch) / 1000)
    }
}

extension Timestamp {
    /// To the millisecond; a date beyond the range stays at its end.
    init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        self.init(millisecondsSinceEpoch: Int64(exactly: milliseconds) ?? (milliseconds < 0 ? .min : .max))
    }
}
