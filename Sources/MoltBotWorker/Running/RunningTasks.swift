internal import DequeModule
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// What this worker knows about tasks: those that run here, those that ended here lately, those to be cancelled on arrival.
final class RunningTasks: Sendable {
    /// One run, for those who want to cancel it or wait for its end.
    final class Run: Sendable {
        let cancelled = OneShot()
        let ended = OneShot()
        /// False for a task that a person has put back after it had ended.
        let isFirstLife: Bool
        private let successor = Mutex<Passage?>(nil)

        init(isFirstLife: Bool) {
            self.isFirstLife = isFirstLife
        }

        func goesOn(as passage: Passage) { successor.withLock { $0 = passage } }

        /// True when another message carries the task on from a later point, so that this one is a leftover. The message that carries
        /// it on may well arrive before the run has ended.
        func isAhead(of passage: Passage) -> Bool { successor.withLock { $0 }.map { passage < $0 } ?? false }
    }

    /// How far a message of a task has come.
    struct Passage: Comparable {
        var attempt: Int
        var deliveries: Int

        static func < (left: Passage, right: Passage) -> Bool {
            (left.attempt, left.deliveries) < (right.attempt, right.deliveries)
        }
    }

    indirect enum Arrival {
        case new(Run)
        /// A second message of a task that runs here.
        case running(Run)
        /// A second message of a task that ended here.
        case ended(EncodedEvent)
    }

    indirect enum End {
        case terminal(EncodedEvent)
        /// The task waits at the broker, in a message that has come this far.
        case wentOn(Passage)
        /// Given back unfinished: the worker stops.
        case abandoned
    }

    private struct State {
        var runs: [TaskID: Run] = [:]
        /// By the event's id: a task that a person has put back has another end before it.
        var ended: [String: EncodedEvent] = [:]
        var endedOrder: Deque<(id: String, bytes: Int)> = []
        var endedBytes = 0
        var marked: Set<TaskID> = []
        var markedOrder: Deque<TaskID> = []
        /// By the orders that the broker keeps.
        var withdrawn: Set<TaskID> = []
        var withdrawnOrder: Deque<TaskID> = []
    }

    /// Outcomes kept to answer duplicates; the ledger knows the older ones.
    private static let maximumEnded = 2048
    private static let maximumEndedBytes = 16 * 1024 * 1024
    private static let maximumMarked = 65_536

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.runs.count } }

    func arrived(_ task: TaskEnvelope) -> Arrival {
        let id = task.id
        return state.withLock { state in
            if let run = state.runs[id] { return .running(run) }
            if let event = state.ended[task.terminalEventID] { return .ended(event) }
            let run = Run(isFirstLife: task.redrives == 0)
            state.runs[id] = run
            if state.marked.remove(id) != nil || (run.isFirstLife && state.withdrawn.contains(id)) { run.cancelled.fire() }
            return .new(run)
        }
    }

    /// What ``arrived(_:)`` would say of a second message; nil for the first one, which then has not arrived.
    func known(_ task: TaskEnvelope) -> Arrival? {
        state.withLock { state in
            if let run = state.runs[task.id] { return .running(run) }
            return state.ended[task.terminalEventID].map { .ended($0) }
        }
    }

    func ended(_ id: TaskID, _ run: Run, _ end: End) {
        switch end {
        case .terminal, .abandoned: break
        case .wentOn(let passage): run.goesOn(as: passage)
        }
        state.withLock { state in
            state.runs[id] = nil
            switch end {
            case .terminal(let event): Self.keep(event, in: &state)
            // Cancelled too late for this run: the message that carries the task on is to meet the mark.
            case .wentOn: if run.cancelled.hasFired { Self.mark(id, in: &state) }
            case .abandoned: break
            }
        }
        run.ended.fire()
    }

    /// Cancels what runs here and marks the rest for their arrival.
    func cancel(_ ids: [TaskID]) -> ControlAnswer {
        state.withLock { state in
            var answer = ControlAnswer()
            for id in ids {
                if let run = state.runs[id] {
                    run.cancelled.fire()
                    answer.running.append(id)
                } else if state.ended[TaskEvent.terminalEventID(for: id)] == nil {
                    Self.mark(id, in: &state)
                    answer.marked.append(id)
                }
            }
            return answer
        }
    }

    /// Takes an order to cancel that the broker keeps, now or when the tasks arrive. It may be of any age, and is for a task's first life
    /// only: a person who puts a task back wants it to run.
    func withdraw(_ ids: [TaskID]) {
        state.withLock { state in
            for id in ids where state.ended[TaskEvent.terminalEventID(for: id)] == nil {
                if let run = state.runs[id], run.isFirstLife { run.cancelled.fire() }
                guard state.withdrawn.insert(id).inserted else { continue }
                state.withdrawnOrder.append(id)
                if state.withdrawnOrder.count > Self.maximumMarked, let oldest = state.withdrawnOrder.popFirst() {
                    state.withdrawn.remove(oldest)
                }
            }
        }
    }

    /// Those of `ids` that run here, or whose end this worker is about to publish.
    func held(_ ids: [TaskID]) -> ControlAnswer {
        state.withLock { state in ControlAnswer(running: ids.filter { state.runs[$0] != nil }) }
    }

    private static func mark(_ id: TaskID, in state: inout State) {
        guard state.marked.insert(id).inserted else { return }
        state.markedOrder.append(id)
        if state.markedOrder.count > maximumMarked, let oldest = state.markedOrder.popFirst() { state.marked.remove(oldest) }
    }

    /// The latest one in any case, whatever its size.
    private static func keep(_ event: EncodedEvent, in state: inout State) {
        let bytes = event.memory
        state.ended[event.id] = event
        state.endedOrder.append((event.id, bytes))
        state.endedBytes += bytes
        while state.endedOrder.count > maximumEnded || state.endedBytes > maximumEndedBytes, state.endedOrder.count > 1,
            let oldest = state.endedOrder.popFirst()
        {
            state.ended[oldest.id] = nil
            state.endedBytes -= oldest.bytes
        }
    }
}
