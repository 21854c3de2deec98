internal import MoltBotCore

/// What a call is told that comes while no deployment takes calls.
extension DeploymentPool {
    /// - Parameter until: when the first one may be asked again, as far as that is known.
    func outage(until: Instant?, at now: Instant, using generator: inout some RandomNumberGenerator) -> Outage {
        var outage = Outage(until: until)
        outage.fallbacks = places.lazy.map(\.deployed.deployment.fallbacks).first { !$0.isEmpty } ?? Fallbacks()
        var pause: Duration?
        var best: (isHopeless: Int, end: Instant)?
        for place in places {
            switch place.blockage(at: now) {
            case .paused(let end): pause = min(pause ?? end - now, end - now)
            case .probing(let time): pause = min(pause ?? time, time)
            case .out(let end, let fault):
                // A task that may try again is better off than one that fails for good.
                let this = (isHopeless: fault?.isRetryable == false ? 1 : 0, end: end)
                if best.map({ this < $0 }) ?? true { (best, outage.reason) = (this, fault) }
            case nil: break
            }
        }
        // A pause that the provider asked for is nobody's fault, and somebody else's finding no failure of this task.
        if let until, pause != nil || outage.reason == nil { pause = min(pause ?? until - now, until - now) }
        outage.pause = pause.map { $0 * Double.random(in: 1...1.1, using: &generator) }
        return outage
    }
}
