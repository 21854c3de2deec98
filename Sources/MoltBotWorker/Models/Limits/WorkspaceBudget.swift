internal import MoltBotCore
internal import Synchronization

/// What one workspace's tasks may ask of all models together.
///
/// A task passes it before a deployment is chosen. Its time here and its time there are promised in one slot, so that it waits once.
final class WorkspaceBudget: Sendable {
    private struct State {
        var limits: RateLimits
        var capacity: LimitedCapacity
        var callLength = LatencyEstimate()
    }

    /// As slots name it; no deployment has a space in its name.
    private let name: String
    private let state: Mutex<State>

    init(_ limits: RateLimits, of workspace: Workspace, share: LimitShare) {
        name = "workspace \(workspace)"
        state = Mutex(State(limits: limits, capacity: LimitedCapacity(limits, share: share, at: .now)))
    }

    /// Begins a call within the budget, or says when to look again.
    /// - Parameter choose: begins the call at a deployment. It runs under this budget's lock, so that no two calls take the same place.
    func begin(_ needs: CallNeeds, _ choose: (CallNeeds) -> DeploymentPool.Choice) -> DeploymentPool.Choice {
        let now = ContinuousClock.now
        return state.withLock { state in
            var needs = needs
            if let ticket = needs.ticket, ticket.isOf(self) {
                state.capacity.redeem()
                needs.ticket = nil
            }
            // Whatever slot the task holds, its time was promised here as well.
            let wait = state.capacity.wait(needs, hasSlot: needs.slot != nil, at: now)
            guard wait == .zero else {
                if let slot = needs.slot { return .wait(wait, slot) }
                guard needs.outlasts(wait) else { return .wait(wait, nil) }
                return .wait(max(wait, state.capacity.reserve(needs, at: now)), slot(after: wait, needs))
            }
            guard state.capacity.hasFreePlace else {
                let ticket = LineTicket(budget: self)
                state.capacity.join(ticket, lane: needs.lane)
                return .line(ticket)
            }
            let choice = within(&state, choose(needs), needs, at: now)
            // A place that was kept for the ticket and is not used.
            state.capacity.grant()
            return choice
        }
    }

    private func within(
        _ state: inout State, _ choice: DeploymentPool.Choice, _ needs: CallNeeds, at now: ContinuousClock.Instant
    ) -> DeploymentPool.Choice {
        switch choice {
        case .call(var call):
            state.capacity.callStarted(needs, hasSlot: needs.slot != nil, at: now)
            call.budget = self
            return .call(call)
        case .wait(let time, let slot):
            guard needs.slot == nil else { return .wait(time, slot ?? needs.slot) }
            // Without a slot at the deployment nothing is promised there, and so nothing here.
            guard var slot else { return choice }
            let wait = max(time, state.capacity.reserve(needs, at: now))
            slot.time = .now() + wait
            return .wait(wait, slot)
        case .line, .none: return choice
        }
    }

    private func slot(after wait: Duration, _ needs: CallNeeds) -> TimeSlot {
        TimeSlot(deployment: name, time: .now() + wait, tokens: needs.expected.total)
    }

    /// Takes a call into account that nobody asked: it follows a failed one in the same attempt.
    func charge(_ call: inout PlannedCall, _ needs: CallNeeds) {
        let now = ContinuousClock.now
        call.budget = self
        state.withLock { $0.capacity.callStarted(needs, hasSlot: false, at: now) }
    }

    func ended(_ call: PlannedCall, _ end: CallEnd) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.callLength.observe(end.duration, at: now)
            state.capacity.callEnded(reserved: call.reserved, lane: call.lane, used: end.usedTokens, at: now)
        }
    }

    /// A ticket's holder waits no longer in the line.
    /// - Returns: when it is to look again.
    func leave(_ ticket: LineTicket) -> Duration {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.capacity.leave(ticket)
            let length = Duration.milliseconds(max(state.callLength.milliseconds(at: now) ?? 0, 10))
            return state.capacity.reservePlace(callLength: length, at: now)
        }
    }

    func changeShare(to share: LimitShare) {
        let now = ContinuousClock.now
        state.withLock { $0.capacity.changeShare(to: share, at: now) }
    }

    /// Other limits, within which the calls that are on their way count. Whoever waits in line looks again.
    func change(to limits: RateLimits) {
        let now = ContinuousClock.now
        state.withLock { state in
            guard limits != state.limits else { return }
            var capacity = LimitedCapacity(limits, share: .whole, at: now)
            capacity.callsGoOn(state.capacity.callsInFlight)
            state.capacity.close()
            (state.limits, state.capacity) = (limits, capacity)
        }
    }
}
