/// Chooses one of a model's deployments for a call. Pure, and without an allocation: it runs for every task.
///
/// Whatever the strategy: a deployment that is blocked is never chosen while another one is not; the own zone goes before the others; those
/// in reserve (weight 0) come last.
package struct Selection: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Choice: Sendable, Equatable {
        /// The candidate's position.
        case candidate(Int)
        /// None is available before that moment; nil when it is not known, or when all of them are excluded.
        case none(until: Instant?)
    }

    /// Latencies this close to the best count as equal to it, so that one deployment does not get everything for a millisecond.
    private static let latencyTolerance = 1.1
    /// What counts as the latency of a deployment that was never called: it gets its chance, and not the whole crowd at once.
    private static let unknownLatency = 1.0
    /// A deployment that fails all the time looks this many times slower than it is.
    private static let failurePenalty = 20.0

    package let strategy: TaskRequest.Strategy
    package let expected: ExpectedTokens

    package init(_ strategy: TaskRequest.Strategy, expected: ExpectedTokens = ExpectedTokens(input: 0, output: 0)) {
        self.strategy = strategy
        self.expected = expected
    }

    /// - Parameter isExcluded: for candidates that cannot serve this call: they were tried already, or are too small for it.
    package func choose(
        from candidates: borrowing [SelectionCandidate], at now: Instant, using generator: inout some RandomNumberGenerator,
        isExcluded: (Int) -> Bool = { _ in false }
    ) -> Choice {
        let now = FlatInstant(now)
        var best = Tier.none
        var count = 0
        var totalWeight = 0.0
        var last = 0
        var nextAvailable: FlatInstant?
        for index in candidates.indices where !isExcluded(index) {
            guard candidates[index].isAvailable(at: now) else {
                if let end = candidates[index].blocked { nextAvailable = min(nextAvailable ?? end, end) }
                continue
            }
            let tier = Tier(candidates[index])
            if tier.rawValue < best.rawValue {
                best = tier
                count = 0
                totalWeight = 0
            }
            guard tier == best else { continue }
            count += 1
            totalWeight += candidates[index].weight
            last = index
        }
        guard count > 0 else { return .none(until: nextAvailable?.instant) }
        guard count > 1 else { return .candidate(last) }
        // One draw of the caller's generator, whose type is not known here: what is drawn for each candidate must cost nothing.
        var dice = QuickGenerator(seed: generator.next())
        let group = Group(tier: best, count: count, totalWeight: totalWeight, now: now)
        return .candidate(pick(from: candidates, in: group, using: &dice, isExcluded) ?? last)
    }

    private func pick(
        from candidates: borrowing [SelectionCandidate], in group: Group, using generator: inout QuickGenerator,
        _ isExcluded: (Int) -> Bool
    ) -> Int? {
        switch strategy {
        case .availability:
            // Two drawn by weight, the better one of them goes: near the best choice, without a herd running to one deployment.
            let first = group.draw(from: candidates, using: &generator, isExcluded)
            let second = group.draw(from: candidates, using: &generator, isExcluded)
            guard let first, let second, first != second else { return first ?? second }
            return burden(candidates[second], group.now) < burden(candidates[first], group.now) ? second : first
        case .weighted:
            return group.draw(from: candidates, using: &generator, isExcluded)
        case .random:
            var remaining = Int.random(in: 0..<group.count, using: &generator)
            return group.first(in: candidates, isExcluded) { _ in
                remaining -= 1
                return remaining < 0
            }
        case .load:
            return group.least(in: candidates, isExcluded, using: &generator) { index in
                Double(candidates[index].callsInFlight) / max(candidates[index].weight, .leastNonzeroMagnitude)
            }
        case .cost:
            // A price nobody knows may be any price.
            return group.least(in: candidates, isExcluded, using: &generator) { index in
                candidates[index].price?.cost(of: expected) ?? .infinity
            }
        case .latency:
            return group.least(in: candidates, isExcluded, tolerance: Self.latencyTolerance, using: &generator) { index in
                candidates[index].latency.milliseconds(at: group.now) ?? 0
            }
        }
    }

    /// How long a call would take there, with those that are on their way.
    private func burden(_ candidate: SelectionCandidate, _ now: FlatInstant) -> Double {
        let latency = candidate.latency.milliseconds(at: now) ?? Self.unknownLatency
        return max(latency, Self.unknownLatency) * Double(candidate.callsInFlight + 1)
            * (1 + candidate.failureShare * Self.failurePenalty)
    }
}

/// Who goes before whom.
private enum Tier: Int {
    case ownZone, otherZone, ownReserve, otherReserve, none

    init(_ candidate: SelectionCandidate) {
        self =
            switch (candidate.weight > 0, candidate.isInOwnZone) {
            case (true, true): .ownZone
            case (true, false): .otherZone
            case (false, true): .ownReserve
            case (false, false): .otherReserve
            }
    }
}

/// The available candidates of the best tier.
private struct Group {
    let tier: Tier
    let count: Int
    let totalWeight: Double
    let now: FlatInstant

    func first(in candidates: borrowing [SelectionCandidate], _ isExcluded: (Int) -> Bool, where isIt: (Int) -> Bool) -> Int? {
        for index in candidates.indices
        where Tier(candidates[index]) == tier && !isExcluded(index) && candidates[index].isAvailable(at: now) && isIt(index) {
            return index
        }
        return nil
    }

    /// One at random by weight; evenly among those in reserve, which have none.
    func draw(
        from candidates: borrowing [SelectionCandidate], using generator: inout QuickGenerator, _ isExcluded: (Int) -> Bool
    ) -> Int? {
        let isWeighted = totalWeight > 0
        var point = Double.random(in: 0..<(isWeighted ? totalWeight : Double(count)), using: &generator)
        var lastSeen: Int?
        let found = first(in: candidates, isExcluded) { index in
            lastSeen = index
            point -= isWeighted ? candidates[index].weight : 1
            return point < 0
        }
        // Sums of fractions may end a hair above the point.
        return found ?? lastSeen
    }

    /// The one with the lowest value; one at random of those that are within the tolerance of it.
    func least(
        in candidates: borrowing [SelectionCandidate], _ isExcluded: (Int) -> Bool, tolerance: Double = 1,
        using generator: inout QuickGenerator, of value: (Int) -> Double
    ) -> Int? {
        var lowest = Double.infinity
        _ = first(in: candidates, isExcluded) { index in
            lowest = min(lowest, value(index))
            return false
        }
        let bound = lowest * tolerance
        var chosen: Int?
        var seen = 0
        _ = first(in: candidates, isExcluded) { index in
            guard value(index) <= bound else { return false }
            seen += 1
            if Int.random(in: 0..<seen, using: &generator) == 0 { chosen = index }
            return false
        }
        return chosen
    }
}
