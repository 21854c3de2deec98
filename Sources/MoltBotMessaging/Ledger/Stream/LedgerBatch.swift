/// Entries of the ledger that are handed to a reader together, in the stream's order.
package struct LedgerBatch: Sendable {
    /// At least one.
    package let entries: [LedgerEntry]
    /// True when the stream is another one than before: it was deleted and declared again, and its offsets start from 0.
    package let beginsAnew: Bool
    /// Entries before the first one here that retention had removed before they were read.
    package let missing: Int64

    package init(entries: [LedgerEntry], beginsAnew: Bool = false, missing: Int64 = 0) {
        self.entries = entries
        self.beginsAnew = beginsAnew
        self.missing = missing
    }
}
