internal import Metrics
internal import ModelProviders
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Answers that tasks may have instead of a call: those of earlier calls, and those of calls that are on their way.
final class AnswerStore: Sendable {
    /// What an answer is remembered with.
    struct Answer: Sendable {
        let answer: ModelAnswer
        let model: String
        let provider: String
        let deployment: String
        let time = ContinuousClock.now
    }

    enum Finding {
        case answer(Answer)
        /// The same request is being made; look again when it has ended without an answer.
        case inFlight(Flight)
        /// The caller makes the request, and ends the flight in any case.
        case call(Flight)
    }

    /// One call that several tasks may wait for.
    final class Flight: Sendable {
        fileprivate let digest: CallDigest
        private let found = Mutex<Answer?>(nil)
        let ended = OneShot()

        fileprivate init(_ digest: CallDigest) {
            self.digest = digest
        }

        /// Nil as well when the call has failed. It is here, and not only in the store, for those that the store has no room for.
        var answer: Answer? { found.withLock { $0 } }

        fileprivate func end(_ answer: Answer?) {
            found.withLock { $0 = answer }
            ended.fire()
        }
    }

    private struct State {
        var stored: AnswerCache<CallDigest, Answer>
        /// Each with how long its answer is to be kept, the longest of those who asked; nil when nobody did. Bounded by the tasks that run
        /// at once.
        var flights: [CallDigest: (flight: Flight, lifetime: Duration?)] = [:]
        var counts = CacheStatistics()
    }

    private let lifetime: Duration
    private let state: Mutex<State>
    private let hits = Counter(label: "moltbot.cache.lookups", dimensions: [("result", "hit")])
    private let misses = Counter(label: "moltbot.cache.lookups", dimensions: [("result", "miss")])
    private let shared = Counter(label: "moltbot.cache.lookups", dimensions: [("result", "shared")])
    private let evictions = Counter(label: "moltbot.cache.evictions")
    private let bytes = Gauge(label: "moltbot.cache.bytes")

    init(maximumBytes: Int, lifetime: Duration) {
        self.lifetime = lifetime
        state = Mutex(State(stored: AnswerCache(maximumBytes: maximumBytes)))
    }

    /// - Parameter lifetime: how old the answer may be, and how long the caller's is kept; nil for what the operator chose.
    func find(_ digest: CallDigest, mode: TaskRequest.CacheMode, lifetime: Duration? = nil) -> Finding {
        let now = ContinuousClock.now
        let kept = mode == .on ? lifetime ?? self.lifetime : nil
        return state.withLock { state in
            if let answer = state.stored.value(for: digest, at: now), lifetime.map({ now - answer.time < $0 }) ?? true {
                state.counts.hits += 1
                hits.increment()
                return .answer(answer)
            }
            if let known = state.flights[digest] {
                state.flights[digest]?.lifetime = [known.lifetime, kept].compactMap(\.self).max()
                state.counts.shared += 1
                shared.increment()
                return .inFlight(known.flight)
            }
            let flight = Flight(digest)
            state.flights[digest] = (flight, kept)
            state.counts.misses += 1
            misses.increment()
            return .call(flight)
        }
    }

    /// The call is over. Without an answer the next task that waits makes its own.
    func ended(_ flight: Flight, _ answer: Answer?) {
        state.withLock { state in
            guard let lifetime = state.flights.removeValue(forKey: flight.digest)?.lifetime, let answer else { return }
            let evicted = state.stored.evictions
            state.stored.store(answer, size: Self.size(of: answer), for: flight.digest, until: .now + lifetime)
            evictions.increment(by: state.stored.evictions - evicted)
            bytes.record(state.stored.bytes)
        }
        flight.end(answer)
    }

    var statistics: CacheStatistics {
        state.withLock { state in
            var counts = state.counts
            counts.answers = state.stored.count
            counts.bytes = state.stored.bytes
            counts.evictions = state.stored.evictions
            return counts
        }
    }

    private static func size(of answer: Answer) -> Int {
        (answer.answer.text?.utf8.count ?? 0) + answer.answer.message.encode().count
    }
}
