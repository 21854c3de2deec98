internal import DequeModule
package import MoltBotCore
internal import Synchronization

/// Gives a worker's free slots to waiting deliveries of several lanes: strictly the highest lane first, but one that has waited
/// counts a lane higher for each ageing interval, so that low lanes do not starve.
///
/// A part of the slots is kept for the critical lane: with calls that take a minute, waiting for the next slot to fall free would be
/// most of an urgent task's time.
package final class LaneGate: Sendable {
    private struct Waiter {
        var id: Int
        var since: ContinuousClock.Instant
        var start: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var running = 0
        var nextID = 0
        /// Oldest first in each lane; bounded by the prefetch of the lanes' consumers.
        var waiting: [Lane: Deque<Waiter>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let slots: Int
    /// What the lanes below the critical one may use.
    private let commonSlots: Int
    private let ageing: Duration

    /// - Parameters:
    ///   - slots: deliveries that run at once, in all lanes.
    ///   - reserved: how many of them only the critical lane gets; at least one is left to the others.
    package init(slots: Int, reserved: Int = 0, ageing: Duration = .seconds(30)) {
        self.slots = slots
        commonSlots = max(min(slots, 1), slots - reserved)
        self.ageing = ageing
    }

    /// Waits for a slot. False when the gate was closed or the caller cancelled: the delivery has not started.
    package func enter(_ lane: Lane) async -> Bool {
        // Nearly always so: a queue hands over no more than it has slots, but for those that calls of a lost channel keep.
        if let answer = enterNow(lane) { return answer }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { start in
                let answer: Bool? = state.withLock { state in
                    if let answer = enterNow(lane, &state) { return answer }
                    state.waiting[lane, default: []].append(Waiter(id: id, since: .now, start: start))
                    return nil
                }
                if let answer { start.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiting[lane]?.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting[lane]?.remove(at: index)
            }
            waiter?.start.resume(returning: false)
        }
    }

    private func enterNow(_ lane: Lane) -> Bool? { state.withLock { enterNow(lane, &$0) } }

    /// Nil when the lane has to wait.
    private func enterNow(_ lane: Lane, _ state: inout State) -> Bool? {
        if state.isClosed || Task.isCancelled { return false }
        guard hasSlot(lane, state) else { return nil }
        state.running += 1
        return true
    }

    /// Gives a slot back.
    package func leave() {
        let next = state.withLock { state -> Waiter? in
            state.running -= 1
            // When only reserved slots are free, the others' turn is not now.
            let candidates = state.waiting.filter { hasSlot($0.key, state) }
            guard let lane = Self.nextLane(candidates, at: .now, ageing: ageing), let waiter = state.waiting[lane]?.popFirst() else {
                return nil
            }
            state.running += 1
            return waiter
        }
        next?.start.resume(returning: true)
    }

    private func hasSlot(_ lane: Lane, _ state: borrowing State) -> Bool {
        state.running < (lane == .critical ? slots : commonSlots)
    }

    /// Deliveries that have not started.
    var waitingCount: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    /// Turns away all that wait, and all that come later: the worker stops.
    package func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiting.removeAll() }
            return state.waiting.values.flatMap { $0 }
        }
        for waiter in waiters { waiter.start.resume(returning: false) }
    }

    private static func nextLane(
        _ waiting: [Lane: Deque<Waiter>], at now: ContinuousClock.Instant, ageing: Duration
    ) -> Lane? {
        let heads = waiting.compactMap { lane, waiters in waiters.first.map { (lane: lane, since: $0.since) } }
        return heads.max { left, right in
            let ranks = (left: Self.rank(left.lane, left.since, now, ageing), right: Self.rank(right.lane, right.since, now, ageing))
            return ranks.left == ranks.right ? left.since > right.since : ranks.left < ranks.right
        }?.lane
    }

    private static func rank(_ lane: Lane, _ since: ContinuousClock.Instant, _ now: ContinuousClock.Instant, _ ageing: Duration) -> Int {
        let position = Lane.allCases.firstIndex(of: lane) ?? 0
        return position + Int((now - since) / ageing)
    }
}
