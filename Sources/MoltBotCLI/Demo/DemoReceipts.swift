import MoltBotCore
import Synchronization

/// What the demo's webhook receiver does with each request, and what it has taken.
///
/// It fails, then hangs, then works: few enough times that the relay goes on trying rather than waiting for the receiver to recover.
final class DemoReceipts: Sendable {
    enum Answer: Sendable {
        case accept
        /// 503.
        case fail
        /// 504 after a while, as a gateway in front of it would say: a request without any answer is tried again after a minute only.
        case hang
        /// 401: the signature is not the endpoint's.
        case refuse
    }

    struct Summary: Sendable, Equatable {
        var expected = 0
        var delivered = 0
        /// Requests that the receiver did not take, on purpose.
        var failedAttempts = 0
        /// Requests with the id of one that was taken before.
        var duplicates = 0
        var badSignatures = 0
        /// Expected, and never taken.
        var lost = 0

        var isComplete: Bool { lost == 0 && badSignatures == 0 }

        func add(to table: inout TextTable) {
            table.add("webhooks expected", "\(expected)")
            table.add("webhooks delivered", "\(delivered)")
            table.add("failed attempts", "\(failedAttempts)")
            table.add("duplicate webhooks", "\(duplicates)")
            table.add("lost webhooks", "\(lost)")
            table.add("bad signatures", "\(badSignatures)")
        }
    }

    private struct State {
        var requests = 0
        var taken: Set<String> = []
        var summary = Summary()
        var news: [String] = []
    }

    private static let failures = 6
    private static let hangs = 3

    private let state = Mutex(State())
    private let changes: AsyncStream<Void>.Continuation
    /// Says that there is more, for one listener.
    private let progress: AsyncStream<Void>

    init() {
        (progress, changes) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// - Parameter id: the `webhook-id`.
    func received(_ id: String, isSigned: Bool) -> Answer {
        let answer = state.withLock { state -> Answer in
            guard isSigned else {
                state.summary.badSignatures += 1
                return .refuse
            }
            state.requests += 1
            guard state.requests > Self.failures + Self.hangs else {
                if state.requests == 1 { state.news.append("the webhook receiver is broken: it answers 503") }
                if state.requests == Self.failures + 1 {
                    state.news.append("the webhook receiver hangs, and its gateway gives up with 504")
                }
                state.summary.failedAttempts += 1
                return state.requests > Self.failures ? .hang : .fail
            }
            if state.taken.isEmpty { state.news.append("the webhook receiver works again") }
            if !state.taken.insert(id).inserted { state.summary.duplicates += 1 }
            return .accept
        }
        changes.yield()
        return answer
    }

    /// What the audience should hear of, once.
    func takeNews() -> [String] {
        state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
    }

    /// Returns when all these were taken, or when cancelled.
    func wait(for expected: Set<String>) async {
        func hasAll() -> Bool { state.withLock { $0.taken.isSuperset(of: expected) } }
        if hasAll() { return }
        for await _ in progress where hasAll() { return }
    }

    func summary(expected: Set<String>) -> Summary {
        state.withLock { state in
            var summary = state.summary
            summary.expected = expected.count
            summary.delivered = state.taken.count
            summary.lost = expected.subtracting(state.taken).count
            return summary
        }
    }
}
