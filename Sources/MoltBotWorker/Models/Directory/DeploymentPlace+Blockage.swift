internal import MoltBotCore

extension DeploymentPlace {
    /// Why it takes no calls.
    enum Blockage {
        /// Nobody's fault: its provider asked for it.
        case paused(until: Instant)
        /// The end of the probe tells more; to be looked at again after that time.
        case probing(Duration)
        /// The fault is nil when another worker has found it.
        case out(until: Instant, ModelError?)
    }

    /// Looks at a probe come after one second, and then each after as long as it has taken.
    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)

    /// Nil when it may be called, limits aside. Of several keys the best one counts: a pause goes before a probe, a probe before a fault.
    func blockage(at now: Instant) -> Blockage? {
        switch breaker.state(at: now) {
        case .open(let end): return .out(until: end, fault)
        case .halfOpen(isProbing: true): return .probing(pauseForProbe(at: now))
        case .closed, .halfOpen(isProbing: false): break
        }
        var (isProbing, pause, out) = (false, Instant?.none, (until: Instant, fault: ModelError?)?.none)
        for key in keys {
            if key.isProbing(at: now) {
                isProbing = true
            } else if let end = key.blockedUntil(at: now) {
                if case .open = key.breaker.state(at: now) {
                    if out.map({ end < $0.until }) ?? true { out = (end, key.fault) }
                } else {
                    pause = min(pause ?? end, end)
                }
            } else {
                return nil
            }
        }
        if let pause { return .paused(until: pause) }
        if isProbing { return .probing(pauseForProbe(at: now)) }
        return out.map { .out(until: $0.until, $0.fault) }
    }

    private func pauseForProbe(at now: Instant) -> Duration {
        min(max(now - (probeBeganAt ?? now), Self.shortestPause), Self.longestPause)
    }
}
