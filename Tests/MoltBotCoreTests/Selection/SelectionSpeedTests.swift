import MoltBotCore
import Testing

@Suite("Selection speed")
struct SelectionSpeedTests {
    /// The bar is 2 µs in a release build; a debug build takes some twenty times as long, and is only watched for something absurd.
    @Test("A choice among 100 deployments takes microseconds", arguments: TaskRequest.Strategy.allCases)
    func speed(_ strategy: TaskRequest.Strategy) {
        var generator = SplitMix64(state: 9)
        let now = ContinuousClock.now
        let candidates = (0..<100).map { index in
            var candidate = SelectionCandidate(
                weight: Double(1 + index % 5), isInOwnZone: index % 2 == 0, price: TokenPrice(input: Double(100 - index), output: 1))
            candidate.latency.observe(.milliseconds(50 + index), at: now)
            candidate.callsInFlight = index % 7
            return candidate
        }
        let selection = Selection(strategy, expected: ExpectedTokens(input: 1000, output: 100))
        let rounds = 100
        var sum = 0
        // The fastest of twenty batches is the one that nothing else on the machine has interrupted.
        let batches = (0..<20).map { _ in
            let start = ContinuousClock.now
            for _ in 0..<rounds {
                if case .candidate(let index) = selection.choose(from: candidates, at: now, using: &generator) { sum += index }
            }
            return (ContinuousClock.now - start) / rounds
        }
        let each = batches.min() ?? .zero
        print("selection of 1 of 100, \(strategy.rawValue): \(each)")
        #expect(sum > 0)
        #expect(each < .milliseconds(1))
    }
}
