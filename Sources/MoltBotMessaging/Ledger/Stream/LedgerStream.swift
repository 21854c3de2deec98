internal import AMQP
internal import Logging

/// Reads the ledger stream from where its reader was to its end, and then whatever comes, for as long as it runs.
///
/// Batches are handed over one at a time; while the reader works on one, the next gathers here, at most as many entries as the broker
/// may have open. A lost connection, a stream that was deleted and declared again, or one whose start was removed by retention only
/// shows in what a batch says of itself.
package struct LedgerStream: Sendable {
    private static let shortestPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(15)

    private let session: BrokerSession
    private let isUrgent: @Sendable (LedgerEntry) -> Bool

    /// - Parameter isUrgent: whether somebody waits for the entry, so that its batch is handed over at once. Barriers always are.
    package init(
        _ session: BrokerSession, isUrgent: @escaping @Sendable (LedgerEntry) -> Bool = { _ in false }
    ) {
        self.session = session
        self.isUrgent = { entry in
            if case .barrier = entry.content { true } else { isUrgent(entry) }
        }
    }

    /// Reads until cancelled.
    /// - Parameters:
    ///   - position: the last entry that the reader has had; nil reads from the stream's start.
    ///   - take: returns when the batch is taken care of; before that, its entries may come again.
    /// - Throws: what `take` throws.
    package func read(after position: LedgerPosition?, _ take: @escaping @Sendable (LedgerBatch) async throws -> Void) async throws {
        var position = position
        var isNew = false
        var pause = Self.shortestPause
        while !Task.isCancelled {
            let subscription = LedgerSubscription(session, after: position, beginsAnew: isNew, isUrgent: isUrgent)
            do {
                try await subscription.run(take)
            } catch is LedgerSubscription.Replaced {
                session.logger.warning("The ledger stream was replaced by a new one, which is read from its start")
                (position, isNew) = (nil, true)
                continue
            } catch is LedgerSubscription.Silent {
                session.logger.debug("Nothing was heard of the ledger stream; reading on with a new subscription")
            } catch let error as AMQPError {
                if Task.isCancelled { return }
                if !error.isConnectionLoss { report(error) }
            }
            if subscription.position != position {
                (position, isNew, pause) = (subscription.position, false, Self.shortestPause)
            }
            // Cut short by a cancellation, which ends the loop as well.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func report(_ error: AMQPError) {
        session.logger.error(
            error.replyCode == 403
                ? "This user may not read the ledger stream; grant it the read permission. Trying again"
                : "Lost the ledger stream; trying again. If it was deleted, run: moltbot topology apply",
            metadata: ["amqp.error": "\(error)"])
    }
}

extension AMQPError {
    /// The client connects again by itself, and says so.
    fileprivate var isConnectionLoss: Bool { code == .connectionLost || code == .connectionClosed }
}
