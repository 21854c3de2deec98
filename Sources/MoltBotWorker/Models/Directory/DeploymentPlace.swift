internal import MoltBotCore

/// One deployment's place in a pool: its settings and everything that calls have told about it.
struct DeploymentPlace: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Unique in the pool, also after the deployment was removed.
    let id: Int
    var deployed: DeployedModel
    var breaker: CircuitBreaker
    /// As many as the deployment has, in its order.
    var keys: [KeyHealth]
    let policy: HealthPolicy
    var statistics = DeploymentStatistics()
    /// Nil when the deployment has no limits.
    var capacity: LimitedCapacity?
    /// What opened the breaker.
    private(set) var fault: ModelError?

    init(id: Int, deployed: DeployedModel, policy: HealthPolicy, share: LimitShare, at now: Instant) {
        self.id = id
        self.deployed = deployed
        self.policy = policy
        breaker = CircuitBreaker(policy.deployment)
        keys = deployed.keys.map { _ in KeyHealth(policy.key, at: now) }
        capacity = Self.capacity(deployed, share, now)
    }

    private static func capacity(_ deployed: DeployedModel, _ share: LimitShare, _ now: Instant) -> LimitedCapacity? {
        let limits = deployed.deployment.limits
        return limits.isUnlimited ? nil : LimitedCapacity(limits, share: share, at: now)
    }

    /// New settings for the same deployment: what was learned stays, key by key.
    mutating func update(_ new: DeployedModel, share: LimitShare, at now: Instant) {
        let known = Dictionary(zip(deployed.keys.map(\.name), keys)) { first, _ in first }
        keys = new.keys.map { key in known[key.name] ?? KeyHealth(policy.key, at: now) }
        // Another address or provider is another server.
        if new.deployment.baseURL != deployed.deployment.baseURL || new.deployment.provider != deployed.deployment.provider {
            breaker = CircuitBreaker(policy.deployment)
        }
        if new.deployment.limits != deployed.deployment.limits {
            capacity?.close()
            capacity = Self.capacity(new, share, now)
        }
        deployed = new
    }

    mutating func changeShare(to share: LimitShare, at now: Instant) {
        capacity?.changeShare(to: share, at: now)
    }

    /// Not to be chosen before; nil when it may be chosen at once. A probe on its way blocks until its end, whenever that is.
    func blockedUntil(at now: Instant) -> Instant? {
        let probing = now + .seconds(86_400)
        switch breaker.state(at: now) {
        case .open(let end): return end
        case .halfOpen(isProbing: true): return probing
        case .closed, .halfOpen(isProbing: false): break
        }
        var earliest = probing
        for key in keys {
            if key.isProbing(at: now) { continue }
            guard let end = key.blockedUntil(at: now) else { return nil }
            earliest = min(earliest, end)
        }
        return earliest
    }

    /// Whether the next call finds out how it is.
    func needsProbe(at now: Instant) -> Bool {
        breaker.state(at: now) != .closed || keys.allSatisfy { $0.breaker.state(at: now) != .closed }
    }

    /// Why it is out: of the deployment, or of the key that comes first.
    var reason: ModelError? { fault ?? keys.lazy.compactMap(\.fault).first }

    func health(at now: Instant) -> ModelStatus.Health {
        if let end = blockedUntil(at: now), end > now { return .out(end - now, reason: reason?.message) }
        return needsProbe(at: now) ? .toBeProbed : .well
    }

    /// The first usable key that was not tried.
    func key(at now: Instant, isExcluded: (Int) -> Bool) -> Int? {
        keys.indices.first { !isExcluded($0) && keys[$0].isUsable(at: now) }
    }

    /// The same, of those that may be called now by what the provider said of their limits; the first one when none may.
    func key(for needs: CallNeeds, at now: Instant, isExcluded: (Int) -> Bool) -> Int? {
        keys.indices.first {
            !isExcluded($0) && keys[$0].isUsable(at: now) && keys[$0].wait(tokens: needs.expected.total, at: now) == .zero
        } ?? key(at: now, isExcluded: isExcluded)
    }

    /// How long this call would have to wait for its turn here, places aside.
    func wait(_ needs: CallNeeds, at now: Instant) -> Duration {
        let hasSlot = needs.slot?.deployment == deployed.name
        let byLimits = capacity?.wait(needs, hasSlot: hasSlot, at: now) ?? .zero
        var byKeys: Duration?
        for key in keys where key.isUsable(at: now) {
            let wait = key.wait(tokens: needs.expected.total, at: now)
            byKeys = min(byKeys ?? wait, wait)
        }
        return max(byLimits, byKeys ?? .zero)
    }

    /// Whether it has been told of limits, or has some of its own.
    var isLimited: Bool { capacity != nil || keys.contains { $0.isWatched } }
}

extension DeploymentPlace {
    /// What a call's end says about the deployment and the key.
    /// - Returns: what has changed for everybody.
    mutating func ended(
        _ call: PlannedCall, _ end: CallEnd, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [HealthChange] {
        guard keys.indices.contains(call.key) else { return [] }
        keys[call.key].limiter.callEnded(reserved: call.reserved, used: nil, at: now)
        capacity?.callEnded(reserved: call.reserved, lane: call.lane, used: end.usedTokens, at: now)
        var changes: [HealthChange] = []
        if let hints = end.rateLimits { keys[call.key].learn(from: hints, at: now) }
        guard let error = end.error else {
            if let change = breaker.attemptSucceeded(isProbe: call.isProbe, at: now) { changes.append(report(change, nil, end, at: now)) }
            if let change = keys[call.key].breaker.attemptSucceeded(isProbe: call.isKeyProbe, at: now) {
                changes.append(report(change, call.key, end, at: now))
            }
            return changes
        }
        switch error.kind {
        case .auth, .quotaExhausted:
            abandonProbe(of: call, key: false)
            // A token that ended early is replaced once.
            guard !end.isKeyRenewed else {
                abandonProbe(of: call, deployment: false)
                return []
            }
            if let change = keys[call.key].breaker.attemptFailed(isProbe: call.isKeyProbe, at: now, using: &generator) {
                changes.append(report(change, call.key, end, at: now))
            }
        case .rateLimited:
            abandonProbe(of: call)
            let pause = error.retryAfter ?? error.rateLimits?.waitForExhausted ?? KeyHealth.assumedPause
            keys[call.key].limiter.pause(until: now + pause)
            changes.append(change(.paused(pause), call.key, error))
        case .notFound:
            // The catch-all's other models may well exist.
            guard !call.deployed.isCatchAll else {
                abandonProbe(of: call)
                return []
            }
            abandonProbe(of: call, deployment: false)
            if let change = breaker.attemptFailedForGood(isProbe: call.isProbe, at: now, using: &generator) {
                changes.append(report(change, nil, end, at: now))
            }
        case .overloaded, .serverError, .streamBroken, .timeout, .network:
            abandonProbe(of: call, deployment: false)
            if error.kind == .timeout, end.duration < patience {
                abandonProbe(of: call, key: false)
            } else if let change = breaker.attemptFailed(isProbe: call.isProbe, at: now, using: &generator) {
                changes.append(report(change, nil, end, at: now))
            }
        case .contextLength, .contentPolicy, .invalidRequest:
            // An answer about the request: server and key are well.
            if let change = breaker.attemptSucceeded(isProbe: call.isProbe, at: now) { changes.append(report(change, nil, end, at: now)) }
            if let change = keys[call.key].breaker.attemptSucceeded(isProbe: call.isKeyProbe, at: now) {
                changes.append(report(change, call.key, end, at: now))
            }
        case .cancelled:
            abandonProbe(of: call)
        }
        return changes
    }

    /// A shorter timeout says nothing.
    private var patience: Duration { deployed.deployment.timeout ?? policy.patience }

    private mutating func abandonProbe(of call: PlannedCall, deployment: Bool = true, key: Bool = true) {
        if deployment, call.isProbe { breaker.probeAbandoned() }
        if key, call.isKeyProbe { keys[call.key].breaker.probeAbandoned() }
    }

    private mutating func report(_ change: CircuitBreaker.Change, _ key: Int?, _ end: CallEnd, at now: Instant) -> HealthChange {
        let fault = if case .opened = change { end.error } else { ModelError?.none }
        if let key { keys[key].fault = fault } else { self.fault = fault }
        let kind: HealthChange.Kind =
            switch change {
            case .opened(let until): .opened(until - now)
            case .closed: .closed
            }
        return self.change(kind, key, fault)
    }

    private func change(_ kind: HealthChange.Kind, _ key: Int?, _ error: ModelError?) -> HealthChange {
        HealthChange(
            deployment: deployed.name, model: deployed.deployment.model, key: key.flatMap { deployed.keys[$0].name }, kind: kind,
            error: error)
    }

    /// What another worker has found out.
    mutating func heard(_ change: HealthChange, at now: Instant) {
        guard let name = change.key else { return heard(change.kind, now) }
        guard let key = deployed.keys.firstIndex(where: { $0.name == name }) else { return }
        switch change.kind {
        case .opened(let time): keys[key].breaker.openedElsewhere(until: now + time)
        case .paused(let time): keys[key].limiter.pause(until: now + time)
        case .closed: keys[key].breaker.close()
        }
    }

    private mutating func heard(_ kind: HealthChange.Kind, _ now: Instant) {
        switch kind {
        case .opened(let time): breaker.openedElsewhere(until: now + time)
        // A deployment without keys has a single, nameless one.
        case .paused(let time): for key in keys.indices { keys[key].limiter.pause(until: now + time) }
        case .closed: breaker.close()
        }
    }
}
