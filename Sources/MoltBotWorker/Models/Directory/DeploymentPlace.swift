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
        keys = deployed.keys.enumerated().map { index, key in
            KeyHealth(policy.key, limits: key.limits, share: share.moved(by: index), at: now)
        }
        capacity = Self.capacity(deployed, share, now)
    }

    private static func capacity(_ deployed: DeployedModel, _ share: LimitShare, _ now: Instant) -> LimitedCapacity? {
        let limits = deployed.limits
        return limits.isUnlimited ? nil : LimitedCapacity(limits, share: share, at: now)
    }

    /// New settings for the same deployment: what was learned stays, key by key.
    mutating func update(_ new: DeployedModel, share: LimitShare, at now: Instant) {
        let known = Dictionary(zip(deployed.keys.map(\.name), keys)) { first, _ in first }
        keys = new.keys.enumerated().map { index, key in
            guard var health = known[key.name] else {
                return KeyHealth(policy.key, limits: key.limits, share: share.moved(by: index), at: now)
            }
            health.change(to: key.limits, share: share.moved(by: index), at: now)
            return health
        }
        // Another address or provider is another server.
        if new.deployment.baseURL != deployed.deployment.baseURL || new.deployment.provider != deployed.deployment.provider {
            breaker = CircuitBreaker(policy.deployment)
        }
        if new.limits != deployed.limits {
            capacity?.close()
            capacity = Self.capacity(new, share, now)
        }
        deployed = new
    }

    mutating func changeShare(to share: LimitShare, at now: Instant) {
        capacity?.changeShare(to: share, at: now)
        for index in keys.indices { keys[index].limiter.changeShare(to: share.moved(by: index), at: now) }
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

    /// When to look again while only the end of a probe can tell more: after as long as the probe has taken. Nil when no probe is on its way.
    func pauseForProbe(at now: Instant) -> Duration? {
        guard isProbing(at: now) else { return nil }
        return min(max(now - (probeBeganAt ?? now), Self.shortestPause), Self.longestPause)
    }

    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)

    private func isProbing(at now: Instant) -> Bool {
        switch breaker.state(at: now) {
        case .open: false
        case .halfOpen(isProbing: true): true
        case .closed, .halfOpen(isProbing: false):
            keys.contains { $0.isProbing(at: now) } && !keys.contains { $0.isUsable(at: now) }
        }
    }

    /// Whether the next call finds out how it is.
    func needsProbe(at now: Instant) -> Bool {
        breaker.state(at: now) != .closed || keys.allSatisfy { $0.breaker.state(at: now) != .closed }
    }

    /// Why it is out: of the deployment, or of the key that comes first.
    var reason: ModelError? { fault ?? keys.lazy.compactMap(\.fault).first }

    func health(at now: Instant) -> ModelStatus.Health {
        if let end = blockedUntil(at: now), end > now, !isProbing(at: now) { return .out(end - now, reason: reason?.message) }
        return needsProbe(at: now) ? .toBeProbed : .well
    }
}
