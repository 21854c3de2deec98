import MoltBotCore

/// Measures the choice of one of 100 deployments, for each strategy.
///
///     SelectionBenchmark [CALLS]
///
/// Prints the mean time of a choice in nanoseconds, one line `<strategy>_ns <time>` each; `Benchmarks/run.sh selection` holds them against
/// the bar.
@main struct SelectionBenchmark {
    private static let deployments = 100

    static func main() {
        let calls = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        for strategy in TaskRequest.Strategy.allCases {
            print("\(strategy.rawValue)_ns \(meanTime(of: strategy, calls: max(calls, 1)) / .nanoseconds(1))")
        }
    }

    private static func meanTime(of strategy: TaskRequest.Strategy, calls: Int) -> Duration {
        let now = ContinuousClock.now
        var candidates = (0..<deployments).map { candidate($0, at: now) }
        let selection = Selection(strategy, expected: ExpectedTokens(input: 1000, output: 200))
        var generator = QuickGenerator()
        let start = ContinuousClock.now
        for _ in 0..<calls {
            guard case .candidate(let index) = selection.choose(from: candidates, at: now, using: &generator) else { continue }
            // What a call changes, so that nothing can be computed once for all.
            candidates[index].callsInFlight = (candidates[index].callsInFlight + 1) % 16
        }
        return (ContinuousClock.now - start) / calls
    }

    private static func candidate(_ index: Int, at now: ContinuousClock.Instant) -> SelectionCandidate {
        var candidate = SelectionCandidate(
            weight: Double(1 + index % 5), price: TokenPrice(input: Double(index % 7 + 1) * 1e-6, output: Double(index % 3 + 1) * 1e-6))
        candidate.latency.observe(.milliseconds(50 + index % 11), at: now)
        return candidate
    }
}
