import MoltBotCore
import Testing

@Suite("Selection of a deployment")
struct SelectionTests {
    private let now = ContinuousClock.now

    /// How often each candidate is chosen of so many times.
    private func counts(
        _ strategy: TaskRequest.Strategy, of candidates: [SelectionCandidate], times: Int = 10_000,
        expected: ExpectedTokens = ExpectedTokens(input: 0, output: 0)
    ) -> [Int] {
        var generator = SplitMix64(state: 42)
        var counts = [Int](repeating: 0, count: candidates.count)
        for _ in 0..<times {
            let choice = Selection(strategy, expected: expected).choose(from: candidates, at: now, using: &generator)
            if case .candidate(let index) = choice { counts[index] += 1 }
        }
        return counts
    }

    private func candidate(weight: Double = 1, zone: Bool = true, latency: Int? = nil, inFlight: Int = 0) -> SelectionCandidate {
        var candidate = SelectionCandidate(weight: weight, isInOwnZone: zone)
        candidate.callsInFlight = inFlight
        if let latency { candidate.latency.observe(.milliseconds(latency), at: now) }
        return candidate
    }

    private func blocked(_ candidate: SelectionCandidate) -> SelectionCandidate {
        var candidate = candidate
        candidate.blockedUntil = now + .seconds(1)
        return candidate
    }

    @Test("Never a blocked one while another one is available", arguments: TaskRequest.Strategy.allCases)
    func blockedOnes(_ strategy: TaskRequest.Strategy) {
        // The blocked ones are the better ones in every other respect.
        let candidates = [
            blocked(candidate(weight: 100, latency: 1)), candidate(zone: false, latency: 900, inFlight: 50),
            blocked(candidate(weight: 100, latency: 1)),
        ]
        #expect(counts(strategy, of: candidates, times: 1000) == [0, 1000, 0])
    }

    @Test("None available: says from when on", arguments: TaskRequest.Strategy.allCases)
    func noneAvailable(_ strategy: TaskRequest.Strategy) {
        var generator = SplitMix64(state: 1)
        var later = candidate()
        later.blockedUntil = now + .seconds(9)
        let choice = Selection(strategy).choose(from: [later, blocked(candidate())], at: now, using: &generator)
        #expect(choice == .none(until: now + .seconds(1)))
        #expect(Selection(strategy).choose(from: [], at: now, using: &generator) == .none(until: nil))
        let allTried = Selection(strategy).choose(from: [candidate()], at: now, using: &generator) { _ in true }
        #expect(allTried == .none(until: nil))
    }

    @Test("What was tried already is not chosen again", arguments: TaskRequest.Strategy.allCases)
    func excluded(_ strategy: TaskRequest.Strategy) {
        var generator = SplitMix64(state: 5)
        let candidates = [candidate(), candidate(), candidate()]
        for _ in 0..<200 {
            #expect(
                Selection(strategy).choose(from: candidates, at: now, using: &generator) { $0 != 1 } == .candidate(1))
        }
    }

    @Test("The own zone first, the others when it fails", arguments: TaskRequest.Strategy.allCases)
    func zones(_ strategy: TaskRequest.Strategy) {
        let far = candidate(weight: 50, zone: false, latency: 1)
        #expect(counts(strategy, of: [far, candidate(latency: 500)], times: 500) == [0, 500])
        #expect(counts(strategy, of: [far, blocked(candidate())], times: 500) == [500, 0])
    }

    @Test("Weight 0 is a reserve: only when nothing else is available", arguments: TaskRequest.Strategy.allCases)
    func reserve(_ strategy: TaskRequest.Strategy) {
        #expect(counts(strategy, of: [candidate(weight: 0), candidate(zone: false)], times: 500) == [0, 500])
        #expect(counts(strategy, of: [candidate(weight: 0), blocked(candidate())], times: 500) == [500, 0])
        let shared = counts(strategy, of: [candidate(weight: 0), candidate(weight: 0)], times: 1000)
        #expect(shared.allSatisfy { $0 > 300 }, "\(shared)")
    }

    @Test("Shares follow the weights, whichever deployment comes first", arguments: [TaskRequest.Strategy.weighted, .availability])
    func weights(_ strategy: TaskRequest.Strategy) {
        for weights in [[1.0, 3, 6], [6.0, 1, 3], [3.0, 6, 1]] {
            let counts = counts(strategy, of: weights.map { candidate(weight: $0, latency: 100) })
            for (weight, count) in zip(weights, counts) {
                #expect(abs(Double(count) - weight * 1000) < 200, "\(weights): \(counts)")
            }
        }
    }

    @Test("Random is even, and ignores weights")
    func random() {
        let counts = counts(.random, of: [candidate(weight: 9), candidate(), candidate(), candidate()])
        #expect(counts.allSatisfy { abs($0 - 2500) < 200 }, "\(counts)")
    }

    @Test("Load takes the one with the fewest calls for its weight; equals share")
    func load() {
        #expect(counts(.load, of: [candidate(inFlight: 3), candidate(inFlight: 2), candidate(inFlight: 9)], times: 100) == [0, 100, 0])
        #expect(counts(.load, of: [candidate(inFlight: 3), candidate(weight: 3, inFlight: 6)], times: 100) == [0, 100])
        let idle = counts(.load, of: [candidate(), candidate(), candidate()], times: 3000)
        #expect(idle.allSatisfy { abs($0 - 1000) < 150 }, "ties do not go to the first: \(idle)")
    }

    @Test("The least busy one is not somebody who is blocked, nor is the choice random then")
    func loadAmongTheHealthy() {
        let candidates = [blocked(candidate(inFlight: 0)), candidate(inFlight: 7), candidate(inFlight: 5)]
        #expect(counts(.load, of: candidates, times: 300) == [0, 0, 300])
    }

    @Test("Latency takes the fastest; those within a tenth of it share")
    func latency() {
        #expect(counts(.latency, of: [candidate(latency: 100), candidate(latency: 300)], times: 200) == [200, 0])
        let close = counts(.latency, of: [candidate(latency: 100), candidate(latency: 105)], times: 2000)
        #expect(close.allSatisfy { $0 > 800 }, "\(close)")
        #expect(counts(.latency, of: [candidate(latency: 100), candidate()], times: 10) == [0, 10], "a new one is measured first")
    }

    @Test("Cost weighs input and output as the call will have them")
    func cost() {
        var talker = candidate()
        talker.price = TokenPrice(input: 1e-6, output: 20e-6)
        var reader = candidate()
        reader.price = TokenPrice(input: 5e-6, output: 6e-6)
        let unknown = candidate()
        let long = ExpectedTokens(input: 100_000, output: 100)
        let short = ExpectedTokens(input: 100, output: 4000)
        #expect(counts(.cost, of: [unknown, talker, reader], times: 50, expected: long) == [0, 50, 0])
        #expect(counts(.cost, of: [unknown, talker, reader], times: 50, expected: short) == [0, 0, 50])
        #expect(counts(.cost, of: [unknown], times: 50, expected: short) == [50])
    }

    @Test("Cost sees the higher price of long inputs")
    func costTiers() {
        var tiered = candidate()
        tiered.price =
            ModelPrices([
                "input_cost_per_token": 1, "output_cost_per_token": 1, "input_cost_per_token_above_200k_tokens": 9,
            ]).tokenPrice
        var flat = candidate()
        flat.price = TokenPrice(input: 2, output: 1)
        #expect(counts(.cost, of: [tiered, flat], times: 9, expected: ExpectedTokens(input: 200_000, output: 1)) == [9, 0])
        #expect(counts(.cost, of: [tiered, flat], times: 9, expected: ExpectedTokens(input: 200_001, output: 1)) == [0, 9])
    }

    @Test("Availability prefers the faster, the idler and the one that fails less, and still asks the others now and then")
    func availability() {
        var failing = candidate(latency: 100)
        for _ in 0..<5 { failing.callEnded(isFailure: true) }
        for worse in [candidate(latency: 400), candidate(latency: 100, inFlight: 8), failing] {
            let counts = counts(.availability, of: [candidate(latency: 100), worse])
            #expect(counts[1] > 2000 && counts[1] < 3000, "a quarter, when two are drawn by weight: \(counts)")
        }
    }
}
