internal import MoltBotCore
internal import Synchronization

/// The tasks with an idempotency key that this node is about to take: of several requests with one key at the same moment one takes the
/// task, and the others learn what became of it.
final class OngoingAcceptances: Sendable {
    struct Key: Hashable {
        var id: TaskID
        var workspace: Workspace
    }

    /// What became of a request: of what its payload said.
    struct End {
        /// The payload's (``PayloadFingerprint``).
        var fingerprint: String
        var result: Result<TaskAcceptance.Accepted, Problem>
    }

    /// Who waits for the one that takes it; as many as the server has requests at once.
    private let waiting = Mutex<[Key: [CheckedContinuation<End?, Never>]]>([:])

    /// Waits for the end of the request with this key that came first.
    /// - Returns: nil when there is none; then others wait until ``ended(_:_:)`` is called, which therefore has to follow.
    func end(ofFirst key: Key) async -> End? {
        await withCheckedContinuation { continuation in
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
    }

    func ended(_ key: Key, _ end: End) {
        for continuation in waiting.withLock({ $0.removeValue(forKey: key) }) ?? [] { continuation.resume(returning: end) }
    }
}
