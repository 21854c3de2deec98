internal import MoltBotMessaging

/// Waits until everything that the stream held at the moment of asking has been read. One mark in the stream serves all who ask
/// while the one before it is on its way.
struct ReadMarks: Sendable {
    private let marks: LedgerMarks
    private let seen: WaitRegistry<String>
    private let patience: Duration
    private let rounds = SharedRounds<Result<Void, LedgerError>>()

    /// - Parameter seen: told of each mark that was read, after its batch is in the file.
    init(_ marks: LedgerMarks, seen: WaitRegistry<String>, patience: Duration) {
        self.marks = marks
        self.seen = seen
        self.patience = patience
    }

    /// - Throws: ``LedgerError`` with code `behind` when it takes longer than the patience.
    func pass() async throws(LedgerError) {
        try await rounds.next { await passOnce() }.get()
    }

    private func passOnce() async -> Result<Void, LedgerError> {
        let id = LedgerMarks.newID()
        do throws(LedgerError) {
            return try await seen.withTicket(for: id) { ticket throws(LedgerError) in await pass(ticket, id) }
        } catch {
            return .failure(error)
        }
    }

    /// The mark is read, or could not be put, or the patience is over; its confirmation is not waited for, since a broker that is
    /// stuck would have everybody wait for as long as it is.
    private func pass(_ ticket: WaitRegistry<String>.Ticket, _ id: String) async -> Result<Void, LedgerError> {
        await withTaskGroup(of: Result<Void, LedgerError>?.self) { group in
            group.addTask { [marks] in
                do {
                    try await marks.put(id)
                    return nil
                } catch {
                    return .failure(LedgerError(.behind, "cannot ask the ledger stream how far it has come: \(error)", cause: error))
                }
            }
            group.addTask { [seen, patience] in
                if await seen.wait(ticket, within: patience) { return .success(()) }
                return .failure(
                    LedgerError(.behind, "the ledger is more than \(patience) behind the stream; it catches up by itself"))
            }
            defer { group.cancelAll() }
            for await result in group { if let result { return result } }
            return .failure(LedgerError(.behind, "the wait for the ledger was cut short"))
        }
    }
}
