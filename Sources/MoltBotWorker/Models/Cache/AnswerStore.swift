internal import Metrics
internal import ModelProviders
internal import MoltBotCore
internal import Synchronization

/// Answers that tasks may have instead of a call: those of earlier calls, and those of calls that are on their way.
final class AnswerStore: Sendable {
    /// What an answer is remembered with.
    struct Answer: Sendable {
        let answer: ModelAnswer
        let model: String
        let provider: String
        let deployment: String
    }

    enum Finding {
        case answer(Answer)
        /// The same request is being made; look again when this has fired.
        case inFlight(OneShot)
        /// The caller makes the request, and ends the flight in any case.
        case call(Flight)
    }

    /// One call that several tasks may wait for.
    final class Flight: Sendable {
        fileprivate let digest: CallDigest
        fileprivate let ended = OneShot()

        fileprivate init(_ digest: CallDigest) {
            self.digest = digest
        }
    }

    private struct State {
        var stored: AnswerCache<CallDigest, Answer>
        /// Bounded by the tasks that run at once.
        var flights: [CallDigest: (flight: Flight, isToBeStored: Bool)] = [:]
    }

    private let lifetime: Duration
    private let state: Mutex<State>
    private let hits = Counter(label: "moltbot.cache.lookups", dimensions: [("result", "hit")])
    private let misses = Counter(label: "moltbot.cache.lookups", dimensions: [("result", "miss")])
    private let shared = Counter(label: "moltbot.cache.lookups", dimensions: [("result", "shared")])

    init(maximumBytes: Int, lifetime: Duration) {
        self.lifetime = lifetime
        state = Mutex(State(stored: AnswerCache(maximumBytes: maximumBytes)))
    }

    func find(_ digest: CallDigest, mode: TaskRequest.CacheMode) -> Finding {
        let finding: Finding = state.withLock { state in
            if let answer = state.stored.value(for: digest, at: .now) { return .answer(answer) }
            if let known = state.flights[digest] {
                if mode == .on { state.flights[digest]?.isToBeStored = true }
                return .inFlight(known.flight.ended)
            }
            let flight = Flight(digest)
            state.flights[digest] = (flight, mode == .on)
            return .call(flight)
        }
        switch finding {
        case .answer: hits.increment()
        case .inFlight: shared.increment()
        case .call: misses.increment()
        }
        return finding
    }

    /// The call is over. Without an answer the next task that waits makes its own.
    func ended(_ flight: Flight, _ answer: Answer?) {
        state.withLock { state in
            let isToBeStored = state.flights.removeValue(forKey: flight.digest)?.isToBeStored ?? false
            guard let answer else { return }
            // Tasks that wait for the call find it here, also when nobody wanted it to be kept.
            let lifetime = isToBeStored ? lifetime : Self.sharingTime
            state.stored.store(answer, size: Self.size(of: answer), for: flight.digest, until: .now + lifetime)
        }
        flight.ended.fire()
    }

    /// Within which tasks that waited for a call take its answer.
    private static let sharingTime = Duration.seconds(1)

    private static func size(of answer: Answer) -> Int {
        (answer.answer.text?.utf8.count ?? 0) + answer.answer.message.encode().count
    }
}
