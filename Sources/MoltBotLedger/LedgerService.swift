internal import Logging
internal import Metrics
internal import MoltBotCore
package import MoltBotMessaging
internal import ServiceLifecycle

/// Keeps one node's ledger: follows the stream, answers the workers' questions and removes what is too old.
///
/// Runs until shut down or cancelled. It needs nothing but its session's connections, and waits for them.
package struct LedgerService: Service {
    private static let retentionInterval = Duration.seconds(60)
    private static let pause = Duration.seconds(1)

    package let store: LedgerStore
    private let session: BrokerSession
    private let retention: LedgerRetention
    private let observe: @Sendable (LedgerBatch) -> Void
    private let reads: ReadMarks
    private let logger: Logger

    /// - Parameters:
    ///   - patience: how long a reader of its own writes waits, and how long a worker does (design: 2 s).
    ///   - observe: sees every entry after it is in the store, in the stream's order, for live feeds; once more when the store's file was
    ///     damaged and is built again. Must not block.
    package init(
        session: BrokerSession, store: LedgerStore, retention: LedgerRetention = LedgerRetention(),
        patience: Duration = .seconds(2), observe: @escaping @Sendable (LedgerBatch) -> Void = { _ in }
    ) {
        self.session = session
        self.store = store
        self.retention = retention
        self.observe = observe
        logger = session.logger
        reads = ReadMarks(LedgerMarks(session), seen: store.marks, patience: patience)
    }

    /// Returns when the store has all that the stream held at the moment of the call, so that a read sees what was just written,
    /// by whichever node.
    /// - Throws: ``LedgerError`` with code `behind` when that takes longer than its patience, or the broker is away.
    package func waitUntilRead() async throws(LedgerError) {
        try await reads.pass()
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await follow() }
                group.addTask { await answer() }
                group.addTask { await retain() }
                // Only the first can fail, and nothing of this is of use without it.
                try await group.waitForAll()
            }
        }
    }

    // MARK: Following

    private func follow() async throws {
        let stream = LedgerStream(session, isUrgent: { store.isWaitedFor($0) })
        while !Task.isCancelled {
            do {
                let position = try await store.position()
                logger.info("Reading the ledger stream", metadata: ["moltbot.ledger.offset": "\(position?.offset ?? -1)"])
                try await stream.read(after: position) { try await take($0) }
            } catch {
                // A read or a write that was cut short by the shutdown.
                if Task.isCancelled { return }
                guard let error = error as? LedgerError, error.code == .damaged else { throw error }
                try store.file.replace(because: error)
            }
        }
    }

    /// Until the batch is in the file: a full disk is waited for, and meanwhile the stream holds what comes.
    private func take(_ batch: LedgerBatch) async throws {
        if batch.missing > 0 {
            logger.notice(
                "The stream's retention removed entries before this node read them",
                metadata: ["moltbot.ledger.missing": "\(batch.missing)"])
        }
        let start = ContinuousClock.now
        var isFirst = true
        while true {
            do throws(LedgerError) {
                try await store.apply(batch)
                break
            } catch {
                if error.code == .damaged || Task.isCancelled { throw error }
                if isFirst { logger.error("Cannot write to the ledger; trying again", metadata: ["error": "\(error)"]) }
                isFirst = false
            }
            try await Task.sleep(for: Self.pause)
        }
        observe(batch)
        Counter(label: "moltbot.ledger.entries").increment(by: batch.entries.count)
        Timer(label: "moltbot.ledger.batch.duration").recordNanoseconds((ContinuousClock.now - start).wholeMilliseconds * 1_000_000)
    }

    // MARK: Answering

    /// Only once this node has caught up: until then others answer, or nobody, and a worker does not wait in vain.
    private func answer() async {
        while !Task.isCancelled {
            do {
                try await waitUntilRead()
                break
            } catch {
                // Cut short by the shutdown, which ends the loop as well.
                try? await Task.sleep(for: Self.pause)
            }
        }
        if Task.isCancelled { return }
        logger.info("The ledger has caught up with the stream and answers questions")
        await LookupQueue(session).serve { questions in
            try await waitUntilRead()
            return try await store.answers(to: questions)
        }
    }

    // MARK: Retention

    private func retain() async {
        while !Task.isCancelled {
            do {
                while try await store.removeExpired(retention, now: .now()), !Task.isCancelled {}
            } catch {
                if Task.isCancelled { return }
                logger.warning("Cannot remove old tasks from the ledger; trying again later", metadata: ["error": "\(error)"])
            }
            // Cut short by the shutdown, which ends the loop as well.
            try? await Task.sleep(for: Self.retentionInterval)
        }
    }
}
