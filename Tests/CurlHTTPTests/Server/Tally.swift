import Synchronization

/// A number that grows, and that a test can wait for.
final class Tally: Sendable {
    private struct State {
        var count = 0
        var waiters: [(threshold: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock(\.count) }

    func increment(by amount: Int = 1) {
        let reached = state.withLock { state in
            state.count += amount
            let count = state.count
            let reached = state.waiters.filter { $0.threshold <= count }
            state.waiters.removeAll { $0.threshold <= count }
            return reached.map(\.continuation)
        }
        reached.forEach { $0.resume() }
    }

    /// Returns when the count is at least that; the test's time limit is the deadline.
    func reaches(_ threshold: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.count < threshold { state.waiters.append((threshold, continuation)) }
                return state.count >= threshold
            }
            if isReached { continuation.resume() }
        }
    }
}
