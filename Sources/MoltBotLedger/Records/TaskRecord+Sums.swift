internal import GRDB
internal import MoltBotCore

/// What a task adds to sums. An event holds whatever its sender wrote, and one absurd number is not to spoil, or to overflow, the sums
/// of all others; what is taken off later is bounded in the same way.
extension TaskRecord {
    /// Of tokens, as events are read.
    private static let countable = 0...1 << 40
    /// US dollars; sums of it stay finite.
    private static let payable = -1e12...1e12

    var countedInputTokens: Int { Self.counted(usage?.inputTokens) }
    var countedOutputTokens: Int { Self.counted(usage?.outputTokens) }
    var countedCost: Double { min(max(cost ?? 0, Self.payable.lowerBound), Self.payable.upperBound) }

    private static func counted(_ tokens: Int?) -> Int { min(max(tokens ?? 0, countable.lowerBound), countable.upperBound) }
}

/// Sums over rows that an earlier version may have written, with numbers that no `Int` holds.
extension Row {
    /// The largest that JSON carries to every client unharmed (RFC 8259, section 6).
    private static let largestCount = Double(1 << 53)

    /// A count from a column that `TOTAL` made: `SUM` fails where integers overflow.
    func count(_ column: Int) -> Int { Int(Double.minimum(Double.maximum(amount(column), -Self.largestCount), Self.largestCount)) }

    /// An amount of money from such a column; infinities that cancel each other are none.
    func amount(_ column: Int) -> Double { (self[column] as Double?).flatMap { $0.isFinite ? $0 : nil } ?? 0 }
}
