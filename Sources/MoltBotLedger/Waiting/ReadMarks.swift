internal import Logging
internal import MoltBotMessaging

/// Waits until everything that the stream held at the moment of asking has been read. One mark in the stream serves all who ask
/// while the one before it is on its way.
actor ReadMarks {
    private typealias Answer = CheckedContinuation<Result<Void, LedgerError>, Never>

    private let marks: LedgerMarks
    private let seen: WaitRegistry<String>
    private let patience: Duration
    /// Bounded by the callers, who each wait for one.
    private var waiting: [Answer] = []
    private var isRunning = false

    /// - Parameter seen: told of each mark that was read, after its batch is in the file.
    init(_ marks: LedgerMarks, seen: WaitRegistry<String>, patience: Duration) {
        self.marks = marks
        self.seen = seen
        self.patience = patience
    }

    /// - Throws: ``LedgerError`` with code `behind` when it takes longer than the patience.
    func pass() async throws(LedgerError) {
        let result: Result<Void, LedgerError> = await withCheckedContinuation { answer in
            waiting.append(answer)
            guard !isRunning else { return }
            isRunning = true
            // Outlives the caller on purpose: others wait for the same mark.
            Task { await self.run() }
        }
        try result.get()
    }

    private func run() async {
        while !waiting.isEmpty {
            let round = waiting
            waiting.removeAll()
            let result = await passOnce()
            for answer in round { answer.resume(returning: result) }
        }
        isRunning = false
    }

    private func passOnce() async -> Result<Void, LedgerError> {
        let id = LedgerMarks.newID()
        do throws(LedgerError) {
            let isRead = try await seen.withTicket(for: id) { ticket throws(LedgerError) in
                do {
                    try await marks.put(id)
                } catch {
                    throw LedgerError(.behind, "cannot ask the ledger stream how far it has come: \(error)", cause: error)
                }
                return await seen.wait(ticket, within: patience)
            }
            guard isRead else {
                throw LedgerError(.behind, "the ledger is more than \(patience) behind the stream; it catches up by itself")
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
