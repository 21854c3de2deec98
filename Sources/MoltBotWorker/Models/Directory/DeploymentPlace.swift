internal import MoltBotCore

/// One deployment's place in a pool: its settings and everything that calls have told about it.
struct DeploymentPlace: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Unique in the pool, also after the deployment was removed.
    let id: Int
    private(set) var deployed: DeployedModel
    var breaker: CircuitBreaker
    /// As many as the deployment has, in its order.
    var keys: [KeyHealth]
    let policy: HealthPolicy
    var statistics = DeploymentStatistics()
    /// Nil when neither the deployment nor all of its keys have limits.
    var capacity: LimitedCapacity?
    /// What opened the breaker.
    var fault: ModelError?
    /// The last one, of the deployment or of a key.
    var probeBeganAt: Instant?

    init(id: Int, deployed: DeployedModel, policy: HealthPolicy, share: LimitShare, at now: Instant) {
        self.id = id
        self.deployed = deployed
        self.policy = policy
        breaker = CircuitBreaker(policy.deployment)
        keys = zip(deployed.keys, share.divided(among: deployed.keys.map(\.limits))).map { key, share in
            KeyHealth(policy.key, limits: key.limits, share: share, at: now)
        }
        capacity = Self.capacity(deployed, share, now)
    }

    private static func capacity(_ deployed: DeployedModel, _ share: LimitShare, _ now: Instant) -> LimitedCapacity? {
        let limits = deployed.limits
        return limits.isUnlimited ? nil : LimitedCapacity(limits, share: share, at: now)
    }

    /// New settings for the same deployment: what was learned stays, key by key.
    mutating func update(_ new: DeployedModel, callsInFlight: Int, share: LimitShare, at now: Instant) {
        let known = Dictionary(zip(deployed.keys.map(\.name), keys)) { first, _ in first }
        keys = zip(new.keys, share.divided(among: new.keys.map(\.limits))).map { key, share in
            guard var health = known[key.name] else { return KeyHealth(policy.key, limits: key.limits, share: share, at: now) }
            health.change(to: key.limits, share: share, at: now)
            return health
        }
        // Another address or provider is another server.
        if new.deployment.baseURL != deployed.deployment.baseURL || new.deployment.provider != deployed.deployment.provider {
            breaker = CircuitBreaker(policy.deployment)
            fault = nil
        }
        if new.limits != deployed.limits {
            capacity?.close()
            capacity = Self.capacity(new, share, now)
            capacity?.callsGoOn(callsInFlight)
        }
        deployed = new
    }

    mutating func changeShare(to share: LimitShare, at now: Instant) {
        capacity?.changeShare(to: share, at: now)
        let shares = share.divided(among: deployed.keys.map(\.limits))
        for (index, share) in shares.enumerated() { keys[index].limiter.changeShare(to: share, at: now) }
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

    func health(at now: Instant) -> ModelStatus.Health {
        switch blockage(at: now) {
        case .out(let end, let fault): .out(end - now, reason: fault?.message)
        case .paused(let end): .out(end - now, reason: nil)
        case .probing: .toBeProbed
        case nil: needsProbe(at: now) ? .toBeProbed : .well
        }
    }
}
