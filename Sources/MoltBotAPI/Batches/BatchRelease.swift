internal import Logging
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// Hands the tasks of batches to the workers, as many of each batch at once as it allows.
///
/// How many are under way follows from what is durable: all of them, less those that wait in the batch's queue, less those that the
/// ledger knows to have ended. So any node can go on where another one died.
struct BatchRelease: Sendable {
    /// Below the broker's consumer timeout of 30 minutes.
    private static let turn = Duration.seconds(20 * 60)
    /// Events wake it; this is for one that was lost with a connection.
    private static let longestPause = Duration.seconds(30)

    let session: BrokerSession
    let ledger: LedgerService
    let news: BatchNews

    /// Works until cancelled or shut down.
    func run() async {
        await BatchInbox(session).run { batch, queue in await release(batch, queue) }
    }

    private func release(_ batch: TaskBatch, _ queue: BatchQueue) async -> BatchInbox.Verdict {
        let end = ContinuousClock.now + Self.turn
        let changes = news.subscribe(to: batch.id)
        defer { news.unsubscribe(from: batch.id) }
        while !Task.isCancelled, .now < end {
            do {
                if try await fill(batch, queue) { return .done }
            } catch {
                session.logger.warning(
                    "A batch can't go on now; trying again", metadata: ["moltbot.batch.id": "\(batch.id)", "error": "\(error)"])
            }
            await changes.next(within: Self.longestPause)
        }
        return .later
    }

    /// - Returns: whether all tasks were handed over.
    private func fill(_ batch: TaskBatch, _ queue: BatchQueue) async throws -> Bool {
        try await ledger.waitUntilRead()
        let record = try await ledger.store.batch(batch.id, in: batch.workspace)
        // It was sent twice at the same moment, and the other one came first: that one runs.
        if let place = record?.acceptance?.place, place != batch.place { return true }
        guard let waiting = try await queue.count() else { return true }
        let ended = record?.ended ?? 0
        let free = batch.concurrency - (batch.total - waiting - ended)
        guard free > 0 else { return waiting == 0 }
        return try await queue.release(min(free, waiting)) >= waiting
    }
}
