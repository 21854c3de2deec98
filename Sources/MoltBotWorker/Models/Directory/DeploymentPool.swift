internal import MoltBotCore

/// The deployments of one model, and what is known of each: a state machine whose time and randomness come from the caller.
struct DeploymentPool: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Choice: Sendable {
        case call(PlannedCall)
        /// None is available before that moment; nil when it is not known, or when none is left to try.
        case none(until: Instant?)
    }

    /// One deployment's place in the pool, beside its ``SelectionCandidate`` at the same position.
    private struct Place {
        let id: Int
        var deployed: DeployedModel
    }

    private var places: [Place] = []
    private var candidates: [SelectionCandidate] = []
    private var lastID = 0

    init(_ deployed: [DeployedModel], zone: String?) {
        update(deployed, zone: zone)
    }

    mutating func begin(
        _ needs: CallNeeds, pool: ModelPool, model: String, tried: [PlannedCall], at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Choice {
        let places = places
        let choice = Selection(needs.strategy, expected: needs.expected).choose(from: candidates, at: now, using: &generator) { index in
            tried.contains { $0.place == places[index].id }
        }
        switch choice {
        case .none(let until): return .none(until: until)
        case .candidate(let position):
            candidates[position].callsInFlight += 1
            let place = places[position]
            return .call(
                PlannedCall(
                    pool: pool, model: model, deployed: place.deployed, place: place.id, position: position, key: 0, beganAt: now))
        }
    }

    mutating func ended(_ call: PlannedCall, _ end: CallEnd, at now: Instant) {
        guard let position = position(of: call) else { return }
        candidates[position].callsInFlight -= 1
        guard end.error?.kind != .cancelled else { return }
        candidates[position].callEnded(isFailure: end.error?.kind.isDeploymentFault ?? false)
        if end.error == nil { candidates[position].latency.observe(end.duration, at: now) }
    }

    func alternatives(after call: PlannedCall, tried: [PlannedCall], at now: Instant) -> Failover.Alternatives {
        Failover.Alternatives(
            hasOtherDeployment: places.indices.contains { index in
                candidates[index].isAvailable(at: now) && !tried.contains { $0.place == places[index].id }
            },
            fallbacks: call.deployed.deployment.fallbacks)
    }

    /// Places are kept by the deployments' names.
    mutating func update(_ deployed: [DeployedModel], zone: String?) {
        let old = Dictionary(zip(places.map(\.deployed.name), zip(places, candidates))) { first, _ in first }
        places = []
        candidates = []
        for deployed in deployed where deployed.deployment.isEnabled {
            let isInOwnZone = zone == nil || deployed.deployment.zone == nil || deployed.deployment.zone == zone
            lastID += 1
            var place = Place(id: lastID, deployed: deployed)
            var candidate = SelectionCandidate(
                weight: deployed.deployment.weight, isInOwnZone: isInOwnZone, price: deployed.prices?.tokenPrice)
            if let (known, before) = old[deployed.name] {
                place = Place(id: known.id, deployed: deployed)
                candidate = before
                candidate.weight = deployed.deployment.weight
                candidate.isInOwnZone = isInOwnZone
                candidate.price = deployed.prices?.tokenPrice
            }
            places.append(place)
            candidates.append(candidate)
        }
    }

    private func position(of call: PlannedCall) -> Int? {
        if places.indices.contains(call.position), places[call.position].id == call.place { return call.position }
        return places.firstIndex { $0.id == call.place }
    }
}

extension ModelError.Kind {
    /// Whether the error tells something about the deployment rather than about the request or the key.
    var isDeploymentFault: Bool {
        switch self {
        case .overloaded, .serverError, .streamBroken, .timeout, .network, .notFound: true
        case .rateLimited, .quotaExhausted, .auth, .contextLength, .contentPolicy, .invalidRequest, .cancelled: false
        }
    }
}
