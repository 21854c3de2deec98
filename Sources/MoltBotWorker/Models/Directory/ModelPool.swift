internal import MoltBotCore
internal import Synchronization

/// The deployments that share a model's name, and who of them gets the next call.
final class ModelPool: Sendable {
    let model: String
    private struct State {
        var pool: DeploymentPool
        var generator = QuickGenerator()
    }

    private let state: Mutex<State>

    init(model: String, _ pool: DeploymentPool) {
        self.model = model
        state = Mutex(State(pool: pool))
    }

    /// Chooses a deployment and begins the call's account with it: each call that was chosen has to be ended.
    /// - Parameters:
    ///   - tried: what has failed in this attempt.
    ///   - place: the only deployment to look at.
    func begin(_ needs: CallNeeds, model: String, tried: [TriedCall] = [], place: Int? = nil) -> DeploymentPool.Choice {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.pool.begin(
                needs, pool: self, model: model, tried: tried, place: place, at: now, using: &state.generator)
        }
    }

    /// - Returns: what the others should know.
    func ended(_ call: PlannedCall, _ end: CallEnd) -> [HealthChange] {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.pool.ended(call, end, at: now, using: &state.generator)
        }
    }

    /// What is left to try after a failure.
    func alternatives(after call: PlannedCall, tried: [TriedCall]) -> Failover.Alternatives {
        let now = ContinuousClock.now
        return state.withLock { $0.pool.alternatives(after: call, tried: tried, at: now) }
    }

    /// A ticket's holder waits no longer in the line before the deployment at that place.
    /// - Returns: when it is to look again.
    func leave(_ ticket: LineTicket, place: Int) -> Duration {
        let now = ContinuousClock.now
        return state.withLock { $0.pool.leave(ticket, place: place, at: now) }
    }

    func statuses() -> [ModelStatus] {
        let now = ContinuousClock.now
        return state.withLock { $0.pool.statuses(at: now) }
    }

    func heard(_ change: HealthChange) {
        let now = ContinuousClock.now
        state.withLock { $0.pool.heard(change, at: now) }
    }

    func changeShare(to share: LimitShare) {
        let now = ContinuousClock.now
        state.withLock { $0.pool.changeShare(to: share, at: now) }
    }

    /// Replaces the deployments; those that stay keep what is known of them.
    func update(_ deployed: [DeployedModel], zone: String?) {
        let now = ContinuousClock.now
        state.withLock { $0.pool.update(deployed, zone: zone, at: now) }
    }
}
