internal import MoltBotCore
internal import MoltBotMessaging
internal import NIOCore

/// Reads events of the past from the stream, for listeners that were away longer than the hub remembers.
struct LiveReplay: Sendable {
    struct Page: Sendable {
        var events: [LiveEvent] = []
        /// Where the next page begins.
        var position: LedgerPosition
        /// True when nothing is left before the end that was asked for.
        var isLast = false
        /// True when the stream does not hold what came right after the place any more.
        var hasGap = false
    }

    private struct Done: Error {}

    /// What a listener costs while it reads slowly.
    private static let maximumEvents = 500
    private static let maximumBytes = 4 << 20

    let session: BrokerSession
    /// Each page is a consumer at the broker that reads as fast as it sends.
    let turns: Turns

    /// The next matching events after `start`, up to the offset `end`.
    /// - Throws: `CancellationError`.
    func page(after start: LedgerPosition, through end: Int64, _ filter: LiveFilter) async throws -> Page {
        try await turns.withTurn {
            let page = Latest(Page(position: start))
            do {
                try await LedgerStream(session, isUrgent: { $0.offset >= end }).read(after: start) { batch in
                    let isDone = page.change { Self.take(batch, through: end, filter, into: &$0) }
                    if isDone { throw Done() }
                }
                throw CancellationError()
            } catch is Done {
                return page.value
            }
        }
    }

    /// - Returns: whether the page is full, or the last one.
    private static func take(_ batch: LedgerBatch, through end: Int64, _ filter: LiveFilter, into page: inout Page) -> Bool {
        if batch.missing > 0 || batch.beginsAnew { page.hasGap = true }
        // A new stream's offsets say nothing about the old one's; the live events go on from here.
        if batch.beginsAnew {
            page.isLast = true
            return true
        }
        var bytes = page.events.reduce(0) { $0 + $1.document.readableBytes }
        for entry in batch.entries where !page.isLast {
            if entry.offset <= end {
                page.position = entry.position
                if let event = LiveEvent(entry), filter.matches(event) {
                    page.events.append(event)
                    bytes += event.document.readableBytes
                }
            }
            page.isLast = entry.offset >= end
            if page.events.count >= maximumEvents || bytes >= maximumBytes { return true }
        }
        return page.isLast
    }
}
