internal import MoltBotCore
internal import Synchronization

/// The tasks with an idempotency key that this node is about to take: of several requests with one key at the same moment one takes the
/// task, and the others learn what became of it.
final class OngoingAcceptances: Sendable {
    struct Key: Hashable {
        var id: TaskID
        var workspace: Workspace
    }

    /// Who waits for the one that takes it.
    private let waiting = Mutex<[Key: [CheckedContinuation<Result<Void, Problem>?, Never>]]>([:])

    /// Runs `body` when nobody else runs one for this key, or else waits for the other one's end, which comes by the
    /// deadline of its `body`.
    /// - Returns: nil when another one was successful.
    /// - Throws: what `body` throws, whoever ran it.
    func first<Success>(for key: Key, _ body: () async throws(Problem) -> Success) async throws(Problem) -> Success? {
        let other: Result<Void, Problem>? = await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                guard waiting[key] == nil else {
                    waiting[key]?.append(continuation)
                    return false
                }
                waiting[key] = []
                return true
            }
            if isFirst { continuation.resume(returning: nil) }
        }
        if let other {
            try other.get()
            return nil
        }
        do {
            let success = try await body()
            end(key, .success(()))
            return success
        } catch {
            end(key, .failure(error))
            throw error
        }
    }

    private func end(_ key: Key, _ result: Result<Void, Problem>) {
        for continuation in waiting.withLock({ $0.removeValue(forKey: key) }) ?? [] { continuation.resume(returning: result) }
    }
}
