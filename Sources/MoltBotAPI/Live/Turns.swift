internal import DequeModule
internal import Synchronization

/// Lets a number of callers work at once, and the others one after the other in the order they came.
final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: Deque<(id: Int, resume: CheckedContinuation<Void, any Error>)> = []
        var lastID = 0
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// - Throws: what `body` throws, or `CancellationError` while waiting.
    func withTurn<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await take()
        defer { giveBack() }
        return try await body()
    }

    private func take() async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { resume in
                let outcome: Swift.Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append((id, resume))
                    return nil
                }
                if let outcome { resume.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).resume
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func giveBack() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume.resume()
    }
}
