internal import HTTPTypes
internal import MoltBotCore
internal import MoltBotLedger

/// Reads tasks so that a write is seen right after it, also one that another node or another program made.
struct TaskReader: Sendable {
    let store: LedgerStore
    let service: LedgerService

    /// Nil when no such task was stored before the call.
    /// - Throws: 503 when that can't be said now.
    func task(_ id: TaskID, in workspace: Workspace) async throws(Problem) -> TaskDetail? {
        do {
            // What has ended stays as it is, but for a person who puts it back; the rest may have gone on since.
            if let known = try await store.task(id, in: workspace), known.record.status.isTerminal { return known }
        } catch {
            throw Problem(error)
        }
        do {
            try await service.waitUntilRead()
        } catch {
            // Behind is better than nothing for a task that is known, and no answer for one that is not.
            guard let known = try? await store.task(id, in: workspace) else { throw Problem(error) }
            return known
        }
        do {
            return try await store.task(id, in: workspace)
        } catch {
            throw Problem(error)
        }
    }

    /// Like ``task(_:in:)``, for an endpoint whose address names the task.
    /// - Throws: 404 as well.
    func existingTask(_ context: APIContext) async throws(Problem) -> TaskDetail {
        let text = try context.parameter("id")
        guard let id = TaskID(text), let detail = try await task(id, in: context.caller.workspace) else {
            throw .notFound("Task \(text.prefix(64))")
        }
        return detail
    }

    /// Waits a moment for what was just written; goes on without it when the ledger is behind.
    func catchUp() async {
        try? await service.waitUntilRead()
    }
}

extension Problem {
    init(_ error: LedgerError) {
        self =
            switch error.code {
            case .behind:
                Problem(
                    .serviceUnavailable, "ledger-behind", "The ledger is behind",
                    "This node has not read everything that is stored, and so can't say.", remedy: "Ask again in a moment."
                ).retry(afterSeconds: 1)
            case .busy:
                Problem(.tooManyRequests, "too-many-waiting", "Too many requests wait", "As many requests wait for tasks as may.")
                    .retry(afterSeconds: 5)
            default:
                Problem(.serviceUnavailable, "ledger-unavailable", "The ledger can't be read", "This node's ledger can't be read now.")
                    .retry(afterSeconds: 5)
            }
    }
}
