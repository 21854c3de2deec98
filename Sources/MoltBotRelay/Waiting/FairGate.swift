internal import DequeModule
internal import Synchronization

/// The relay's request slots. When they are scarce, the parties that wait take turns: one with a thousand waiting requests gets no more
/// than one with a single one.
final class FairGate: Sendable {
    private struct Waiter {
        var id: Int
        var start: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var freeSlots: Int
        var nextID = 0
        /// Oldest first for each party; bounded by the prefetch of the consumers behind them.
        var waiting: [String: Deque<Waiter>] = [:]
        /// The parties that wait, the next one first.
        var turns: Deque<String> = []

        mutating func takeFreeSlot() -> Bool {
            guard freeSlots > 0 else { return false }
            freeSlots -= 1
            return true
        }
    }

    private let state: Mutex<State>

    init(slots: Int) {
        state = Mutex(State(freeSlots: max(1, slots)))
    }

    /// Waits for a slot. False when the caller was cancelled.
    func enter(_ party: String) async -> Bool {
        if Task.isCancelled { return false }
        // A slot is free only when nobody waits.
        if state.withLock({ $0.takeFreeSlot() }) { return true }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { start in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.takeFreeSlot() { return true }
                    if state.waiting[party] == nil { state.turns.append(party) }
                    state.waiting[party, default: []].append(Waiter(id: id, start: start))
                    return nil
                }
                if let answer { start.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiting[party]?.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting[party]?.remove(at: index)
            }
            waiter?.start.resume(returning: false)
        }
    }

    /// Gives a slot back.
    func leave() {
        let next = state.withLock { state -> Waiter? in
            while let party = state.turns.popFirst() {
                let next = state.waiting[party]?.popFirst()
                if state.waiting[party]?.isEmpty ?? true { state.waiting[party] = nil } else { state.turns.append(party) }
                if let next { return next }
            }
            state.freeSlots += 1
            return nil
        }
        next?.start.resume(returning: true)
    }
}
