internal import MoltBotCore
internal import Synchronization

/// The deployments that share a model's name, and who of them gets the next call.
final class ModelPool: Sendable {
    let model: String
    private let state: Mutex<DeploymentPool>

    init(model: String, _ pool: DeploymentPool) {
        self.model = model
        state = Mutex(pool)
    }

    /// Chooses a deployment and begins the call's account with it: each call that was chosen has to be ended.
    /// - Parameter tried: the calls that were made in this attempt.
    func begin(_ needs: CallNeeds, model: String, tried: [PlannedCall] = []) -> DeploymentPool.Choice {
        let now = ContinuousClock.now
        return state.withLock { state in
            var generator = SystemRandomNumberGenerator()
            return state.begin(needs, pool: self, model: model, tried: tried, at: now, using: &generator)
        }
    }

    func ended(_ call: PlannedCall, _ end: CallEnd) {
        let now = ContinuousClock.now
        state.withLock { $0.ended(call, end, at: now) }
    }

    /// What is left to try after a failure.
    func alternatives(after call: PlannedCall, tried: [PlannedCall]) -> Failover.Alternatives {
        let now = ContinuousClock.now
        return state.withLock { $0.alternatives(after: call, tried: tried, at: now) }
    }

    /// Replaces the deployments; those that stay keep what is known of them.
    func update(_ deployed: [DeployedModel], zone: String?) {
        state.withLock { $0.update(deployed, zone: zone) }
    }
}
