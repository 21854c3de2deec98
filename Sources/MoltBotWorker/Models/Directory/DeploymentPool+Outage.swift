internal import MoltBotCore

/// What a call is told that comes while no deployment takes calls.
extension DeploymentPool {
    /// - Parameter until: when the first one may be asked again, as far as that is known.
    func outage(until: Instant?, at now: Instant, using generator: inout some RandomNumberGenerator) -> Choice {
        var outage = Outage(until: until)
        outage.fallbacks = places.lazy.map(\.deployed.deployment.fallbacks).first { !$0.isEmpty } ?? Fallbacks()
        var isPaused = false
        var pause: Duration?
        var firstEnd: Instant?
        for place in places {
            switch place.blockage(at: now) {
            case .paused: isPaused = true
            case .probing(let time): pause = min(pause ?? time, time)
            case .out(let end, let fault):
                if firstEnd.map({ end < $0 }) ?? true { (firstEnd, outage.reason) = (end, fault) }
            case nil: break
            }
        }
        // Somebody else's finding is no failure of this task.
        if let until, isPaused || pause != nil || outage.reason == nil { pause = min(pause ?? until - now, until - now) }
        outage.pause = pause.map { $0 * Double.random(in: 1...1.1, using: &generator) }
        // A pause that the provider asked for is nobody's fault.
        if isPaused, let pause = outage.pause { return .wait(pause, nil) }
        return .none(outage)
    }
}
