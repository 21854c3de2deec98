internal import HTTPTypes
internal import MoltBotCore
internal import Synchronization

/// Bounds the batches that a node reads at once: each is kept in memory until it is complete.
final class UploadSlots: Sendable {
    private static let maximum = 4
    /// Of one workspace, whose slow uploads are not to keep out the others.
    private static let maximumOfOne = 3

    private let counts = Mutex<[Workspace: Int]>([:])

    /// - Throws: 429 when there is no slot.
    func withSlot<Result>(of workspace: Workspace, _ body: () async throws -> Result) async throws -> Result {
        let isFree = counts.withLock { counts in
            let own = counts[workspace] ?? 0
            guard own < Self.maximumOfOne, counts.values.reduce(0, +) < Self.maximum else { return false }
            counts[workspace] = own + 1
            return true
        }
        guard isFree else {
            throw Problem(.tooManyRequests, "busy", "Too many batches at once", "This node reads as many batches as it may.")
                .retry(afterSeconds: 2)
        }
        defer {
            counts.withLock { counts in
                let rest = (counts[workspace] ?? 1) - 1
                counts[workspace] = rest > 0 ? rest : nil
            }
        }
        return try await body()
    }
}
