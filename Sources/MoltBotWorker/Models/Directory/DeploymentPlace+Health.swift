internal import MoltBotCore

extension DeploymentPlace {
    /// What a call's end says about the deployment and the key.
    /// - Returns: what has changed for everybody.
    mutating func ended(
        _ call: PlannedCall, _ end: CallEnd, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [HealthChange] {
        capacity?.callEnded(reserved: call.reserved, lane: call.lane, used: end.usedTokens, at: now)
        guard let key = position(of: call) else {
            // Its end says nothing of the keys that are left, and so nothing of the deployment with them.
            if call.isProbe { breaker.probeAbandoned() }
            return []
        }
        var call = call
        call.key = key
        keys[key].callEnded(reserved: call.reserved, used: end.usedTokens, at: now)
        guard !end.isUnsent else {
            abandonProbe(of: call)
            return []
        }
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

    /// Where the call's key is now: the settings may have changed while it was on its way. Nil when it is no more.
    private func position(of call: PlannedCall) -> Int? {
        guard call.deployed !== deployed else { return call.key }
        let name = call.deployed.keys[call.key].name
        return deployed.keys.firstIndex { $0.name == name }
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
        case .closed:
            keys[key].breaker.close()
            keys[key].fault = nil
        }
    }

    private mutating func heard(_ kind: HealthChange.Kind, _ now: Instant) {
        switch kind {
        case .opened(let time): breaker.openedElsewhere(until: now + time)
        // A deployment without keys has a single, nameless one.
        case .paused(let time): for key in keys.indices { keys[key].limiter.pause(until: now + time) }
        case .closed:
            breaker.close()
            fault = nil
        }
    }
}
