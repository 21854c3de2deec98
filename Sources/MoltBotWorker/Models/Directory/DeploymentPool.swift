internal import MoltBotCore

/// The deployments of one model, and what is known of each: a state machine whose time and randomness come from the caller.
struct DeploymentPool: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Choice: Sendable {
        case call(PlannedCall)
        case none(Outage)
        /// All are at their limits: to be asked again after that time, with the slot if there is one.
        case wait(Duration, TimeSlot?)
        /// One is free as soon as a call ends there.
        case line(LineTicket)
    }

    private let policy: HealthPolicy
    private var share = LimitShare.whole
    /// Whether any of them has limits, so that the others need not look.
    private var isLimited = false
    var places: [DeploymentPlace] = []
    /// What selection looks at, at the position of each place.
    var candidates: [SelectionCandidate] = []
    private var lastID = 0
    /// When the next one that was out may be asked again; nil while all are well.
    private var nextProbe: Instant?

    init(_ deployed: [DeployedModel], zone: String?, policy: HealthPolicy = HealthPolicy(), at now: Instant = .now) {
        self.policy = policy
        update(deployed, zone: zone, at: now)
    }

    /// Chooses a deployment and a key, and counts the call as begun.
    /// - Parameters:
    ///   - tried: what has failed in this attempt.
    ///   - place: the only deployment to look at.
    mutating func begin(
        _ needs: CallNeeds, pool: ModelPool, model: String, tried: [TriedCall], place: Int? = nil, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Choice {
        if let place {
            guard let position = places.firstIndex(where: { $0.id == place }), candidates[position].isAvailable(at: now),
                !isUsedUp(position, by: tried, at: now)
            else { return .none(Outage()) }
            return .call(begin(at: position, needs, pool: pool, model: model, tried: tried, now))
        }
        if let place = needs.ticket?.place(in: pool), let position = places.firstIndex(where: { $0.id == place }) {
            places[position].capacity?.redeem()
            if candidates[position].isAvailable(at: now), places[position].hasFreePlace(at: now) {
                return .call(begin(at: position, needs, pool: pool, model: model, tried: tried, now))
            }
        }
        if let nextProbe, nextProbe <= now, let position = placeToProbe(needs, tried: tried, at: now) {
            return .call(begin(at: position, needs, pool: pool, model: model, tried: tried, now))
        }
        let choice =
            tried.isEmpty && !isLimited
            ? Selection(needs.strategy, expected: needs.expected).choose(from: candidates, at: now, using: &generator)
            : Selection(needs.strategy, expected: needs.expected).choose(from: candidates, at: now, using: &generator) { index in
                // One that is out is not full: it says until when.
                isUsedUp(index, by: tried, at: now)
                    || (isLimited && candidates[index].isAvailable(at: now) && isFull(index, for: needs, at: now))
            }
        switch choice {
        case .candidate(let position): return .call(begin(at: position, needs, pool: pool, model: model, tried: tried, now))
        case .none(let until):
            // What follows a failed call takes a free place or none: nobody would give one back that is kept for it.
            guard tried.isEmpty, !needs.isFallback else { return .none(Outage()) }
            if isLimited, let turn = turn(needs, pool, at: now) { return turn }
            return .none(outage(until: until, at: now, using: &generator))
        }
    }

    private mutating func begin(
        at position: Int, _ needs: CallNeeds, pool: ModelPool, model: String, tried: [TriedCall], _ now: Instant
    ) -> PlannedCall {
        let id = places[position].id
        let key =
            places[position].key(for: needs, at: now) { key in
                !tried.isEmpty && tried.contains { $0.place == id && $0.key ?? key == key }
            } ?? 0
        places[position].keys[key].callStarted(tokens: needs.expected.total, at: now)
        let hasSlot = needs.slot.map { $0.deployment == places[position].deployed.name } ?? false
        places[position].capacity?.callStarted(needs, hasSlot: hasSlot, at: now)
        let isProbe = places[position].breaker.admission(at: now) == .probe
        let isKeyProbe = places[position].keys[key].breaker.admission(at: now) == .probe
        if isProbe { places[position].breaker.probeStarted() }
        if isKeyProbe { places[position].keys[key].breaker.probeStarted() }
        if isProbe || isKeyProbe { places[position].probeBeganAt = now }
        candidates[position].callsInFlight += 1
        if candidates[position].blockedUntil != nil || isProbe || isKeyProbe { refresh(position, at: now) }
        return PlannedCall(
            pool: pool, model: model, deployed: places[position].deployed, place: id, position: position, key: key, isProbe: isProbe,
            isKeyProbe: isKeyProbe, reserved: needs.expected.total, lane: needs.lane, isSwitch: !tried.isEmpty || needs.isFallback,
            beganAt: now)
    }

    /// One whose opening is over: the next call finds out, whoever the strategy would choose. It fails over if it fails.
    private func placeToProbe(_ needs: CallNeeds, tried: [TriedCall], at now: Instant) -> Int? {
        candidates.indices.first { index in
            guard let end = candidates[index].blockedUntil, end <= now else { return false }
            return places[index].blockedUntil(at: now) == nil && !isUsedUp(index, by: tried, at: now)
                && !(isLimited && isFull(index, for: needs, at: now))
        }
    }

    /// True when every key of the deployment that could be used was tried in this attempt, or its server has failed.
    private func isUsedUp(_ position: Int, by tried: [TriedCall], at now: Instant) -> Bool {
        let id = places[position].id
        guard tried.contains(where: { $0.place == id }) else { return false }
        return places[position].key(at: now) { key in tried.contains { $0.place == id && $0.key ?? key == key } } == nil
    }

    mutating func ended(
        _ call: PlannedCall, _ end: CallEnd, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [HealthChange] {
        guard let position = position(of: call) else { return [] }
        candidates[position].callsInFlight -= 1
        if let error = end.error {
            if end.isTelling { candidates[position].callEnded(isFailure: error.kind.isDeploymentFault) }
        } else {
            candidates[position].callEnded(isFailure: false)
            candidates[position].latency.observe(end.duration, at: now)
        }
        if end.isTelling {
            let cost = call.deployed.cost(of: end.usage)
            places[position].statistics.ended(end, isSwitch: call.isSwitch, cost: cost)
            call.deployed.metrics.ended(end, isSwitch: call.isSwitch, cost: cost)
        }
        let changes = places[position].ended(call, end, at: now, using: &generator)
        if end.rateLimits != nil { isLimited = true }
        // An answer as well may say that nothing is left.
        let isPaused = end.rateLimits?.waitForExhausted != nil
        if end.error != nil || call.isProbe || call.isKeyProbe || isPaused || !changes.isEmpty { refresh(position, at: now) }
        return changes
    }

    func alternatives(after call: PlannedCall, tried: [TriedCall], at now: Instant) -> Failover.Alternatives {
        var alternatives = Failover.Alternatives(fallbacks: call.deployed.deployment.fallbacks)
        for index in places.indices where candidates[index].isAvailable(at: now) && !isUsedUp(index, by: tried, at: now) {
            if places[index].id == call.place { alternatives.hasOtherCredential = true } else { alternatives.hasOtherDeployment = true }
        }
        return alternatives
    }

    /// What another worker says of a deployment; nothing when it is not one of these.
    mutating func heard(_ change: HealthChange, at now: Instant) {
        guard let position = places.firstIndex(where: { $0.deployed.name == change.deployment }) else { return }
        places[position].heard(change, at: now)
        refresh(position, at: now)
    }

    mutating func changeShare(to share: LimitShare, at now: Instant) {
        self.share = share
        for position in places.indices { places[position].changeShare(to: share, at: now) }
    }

    /// Replaces the deployments. Those of a name that was here keep what is known of them.
    mutating func update(_ deployed: [DeployedModel], zone: String?, at now: Instant) {
        let known = Dictionary(zip(places.map(\.deployed.name), zip(places, candidates))) { first, _ in first }
        places = []
        candidates = []
        for deployed in deployed where deployed.deployment.isEnabled {
            if var (place, candidate) = known[deployed.name] {
                place.update(deployed, callsInFlight: candidate.callsInFlight, share: share, at: now)
                candidate.apply(deployed, zone: zone)
                places.append(place)
                candidates.append(candidate)
            } else {
                lastID += 1
                places.append(DeploymentPlace(id: lastID, deployed: deployed, policy: policy, share: share, at: now))
                var candidate = SelectionCandidate()
                candidate.apply(deployed, zone: zone)
                candidates.append(candidate)
            }
        }
        isLimited = places.contains(where: \.isLimited)
        for position in places.indices { refresh(position, at: now) }
    }

    private mutating func refresh(_ position: Int, at now: Instant) {
        let before = candidates[position].blockedUntil
        let blocked = places[position].blockedUntil(at: now)
        // What was out and may be asked again stays marked, until the probe has said how it is.
        let isToBeProbed = blocked == nil && places[position].needsProbe(at: now)
        candidates[position].blockedUntil = blocked ?? (isToBeProbed ? min(before ?? now, now) : nil)
        nextProbe = candidates.compactMap(\.blockedUntil).min()
    }

    func statuses(at now: Instant) -> [ModelStatus] {
        zip(places, candidates).map { place, candidate in
            ModelStatus(
                model: place.deployed.deployment.model, deployment: place.deployed.name, provider: place.deployed.providerName,
                health: place.health(at: now), callsInFlight: candidate.callsInFlight, statistics: place.statistics)
        }
    }

    private func position(of call: PlannedCall) -> Int? {
        if places.indices.contains(call.position), places[call.position].id == call.place { return call.position }
        return places.firstIndex { $0.id == call.place }
    }
}
