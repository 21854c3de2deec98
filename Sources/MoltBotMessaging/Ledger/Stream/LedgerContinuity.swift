/// Decides whether a subscription goes on where its reader was. Pure; sees the entries of one subscription in their order.
struct LedgerContinuity: Equatable {
    enum Verdict: Equatable {
        /// The reader has had this entry; the next one is new.
        case known
        /// - Parameter missing: entries before it that are gone unread.
        case new(missing: Int64)
        /// Another stream of the same name: to be read from its start.
        case replaced
    }

    /// The last entry that the reader has had; nil when it starts at the stream's start.
    private let position: LedgerPosition?
    private var isFirst = true

    init(after position: LedgerPosition?) {
        self.position = position
    }

    /// The offset to subscribe at: the last known entry's, so that it can be recognised. Nil is the stream's start.
    var start: Int64? { position?.offset }

    mutating func received(_ entry: LedgerPosition) -> Verdict {
        guard isFirst else { return .new(missing: 0) }
        isFirst = false
        guard let position else { return .new(missing: entry.offset) }
        if entry.offset > position.offset { return .new(missing: entry.offset - position.offset - 1) }
        return entry == position ? .known : .replaced
    }
}
