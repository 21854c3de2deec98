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
        /// How often a person has put the task back after it had ended.
        let redrives: Int
        private let successor = Mutex<Passage?>(nil)

        init(redrives: Int) {
            self.redrives = redrives
        }

        var isFirstLife: Bool { redrives == 0 }

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

    /// Ids are unique within a workspace: two tenants may well count from 1.
    private struct Key<ID: Hashable & Sendable>: Hashable {
        let id: ID
        let workspace: Workspace

        init(_ id: ID, _ workspace: Workspace) {
            self.id = id
            self.workspace = workspace
        }
    }

    /// Tasks that are cancelled on arrival: one of a workspace, or those of all that have its id.
    private struct Target: Hashable {
        let id: TaskID
        let workspace: Workspace?
    }

    /// One life of them.
    private struct Mark: Hashable {
        let target: Target
        let redrives: Int
    }

    private struct State {
        var runs: [Key<TaskID>: Run] = [:]
        /// By the event's id: a task that a person has put back has another end before it.
        var ended: [Key<String>: EncodedEvent] = [:]
        var endedOrder: Deque<(key: Key<String>, bytes: Int)> = []
        var endedBytes = 0
        var marked: Set<Mark> = []
        var markedOrder: Deque<Mark> = []
        /// By the orders that the broker keeps.
        var withdrawn: Set<Target> = []
        var withdrawnOrder: Deque<Target> = []
    }

    /// Outcomes kept to answer duplicates; the ledger knows the older ones.
    private static let maximumEnded = 2048
    private static let maximumEndedBytes = 16 * 1024 * 1024
    private static let maximumMarked = 65_536

    private let workspaces: [Workspace]
    private let state = Mutex(State())

    /// - Parameter workspaces: whose tasks there may be.
    init(of workspaces: [Workspace]) {
        self.workspaces = workspaces
    }

    var count: Int { state.withLock { $0.runs.count } }

    func arrived(_ task: TaskEnvelope) -> Arrival {
        let id = task.id
        let key = Key(id, task.queue.workspace)
        return state.withLock { state in
            if let run = state.runs[key] { return .running(run) }
            if let event = state.ended[Key(task.terminalEventID, key.workspace)] { return .ended(event) }
            let run = Run(redrives: task.redrives)
            state.runs[key] = run
            if Self.isToBeCancelled(run, key, in: &state) { run.cancelled.fire() }
            return .new(run)
        }
    }

    /// Uses up the marks for this life.
    private static func isToBeCancelled(_ run: Run, _ key: Key<TaskID>, in state: inout State) -> Bool {
        guard !state.marked.isEmpty || !state.withdrawn.isEmpty else { return false }
        let targets = [Target(id: key.id, workspace: key.workspace), Target(id: key.id, workspace: nil)]
        let marks = targets.compactMap { state.marked.remove(Mark(target: $0, redrives: run.redrives)) }
        return !marks.isEmpty || (run.isFirstLife && targets.contains { state.withdrawn.contains($0) })
    }

    /// What ``arrived(_:)`` would say of a second message; nil for the first one, which then has not arrived.
    func known(_ task: TaskEnvelope) -> Arrival? {
        state.withLock { state in
            if let run = state.runs[Key(task.id, task.queue.workspace)] { return .running(run) }
            return state.ended[Key(task.terminalEventID, task.queue.workspace)].map { .ended($0) }
        }
    }

    func ended(_ id: TaskID, of workspace: Workspace, _ run: Run, _ end: End) {
        switch end {
        case .terminal, .abandoned: break
        case .wentOn(let passage): run.goesOn(as: passage)
        }
        state.withLock { state in
            state.runs[Key(id, workspace)] = nil
            switch end {
            case .terminal(let event): Self.keep(event, of: workspace, in: &state)
            // Cancelled too late for this run: the message that carries the task on is to meet the mark.
            case .wentOn: if run.cancelled.hasFired { Self.mark(Target(id: id, workspace: workspace), run.redrives, in: &state) }
            case .abandoned: break
            }
        }
        run.ended.fire()
    }

    /// Cancels what runs here and marks the rest for their arrival, in their first life.
    /// - Parameter workspace: nil is all of them.
    /// - Returns: nil when this worker gets no tasks of the workspace: an answer without the task would say that it has ended.
    func cancel(_ ids: [TaskID], of workspace: Workspace?) -> ControlAnswer? {
        guard serves(workspace) else { return nil }
        return state.withLock { state in
            var answer = ControlAnswer()
            for id in ids {
                let runs = runs(of: id, workspace, in: state)
                for run in runs { run.cancelled.fire() }
                if !runs.isEmpty {
                    answer.running.append(id)
                } else if !hasEnded(id, workspace, in: state) {
                    Self.mark(Target(id: id, workspace: workspace), 0, in: &state)
                    answer.marked.append(id)
                }
            }
            return answer
        }
    }

    /// Takes an order to cancel that the broker keeps, now or when the tasks arrive. It may be of any age, and is for a task's first life
    /// only: a person who puts a task back wants it to run.
    /// - Parameter workspace: nil is all of them.
    func withdraw(_ ids: [TaskID], of workspace: Workspace?) {
        guard serves(workspace) else { return }
        state.withLock { state in
            for id in ids where !hasEnded(id, workspace, in: state) {
                for run in runs(of: id, workspace, in: state) where run.isFirstLife { run.cancelled.fire() }
                let target = Target(id: id, workspace: workspace)
                guard state.withdrawn.insert(target).inserted else { continue }
                state.withdrawnOrder.append(target)
                if state.withdrawnOrder.count > Self.maximumMarked, let oldest = state.withdrawnOrder.popFirst() {
                    state.withdrawn.remove(oldest)
                }
            }
        }
    }

    /// Those of `ids` that run here, or whose end this worker is about to publish.
    /// - Parameter workspace: nil is all of them.
    func held(_ ids: [TaskID], of workspace: Workspace?) -> ControlAnswer {
        state.withLock { state in ControlAnswer(running: ids.filter { !runs(of: $0, workspace, in: state).isEmpty }) }
    }

    private func serves(_ workspace: Workspace?) -> Bool { workspace.map { workspaces.contains($0) } ?? true }

    private func runs(of id: TaskID, _ workspace: Workspace?, in state: State) -> [Run] {
        (workspace.map { [$0] } ?? workspaces).compactMap { state.runs[Key(id, $0)] }
    }

    /// In every workspace that is meant: where it has not, it may be about to come.
    private func hasEnded(_ id: TaskID, _ workspace: Workspace?, in state: State) -> Bool {
        let event = TaskEvent.terminalEventID(for: id)
        return (workspace.map { [$0] } ?? workspaces).allSatisfy { state.ended[Key(event, $0)] != nil }
    }

    private static func mark(_ target: Target, _ redrives: Int, in state: inout State) {
        let mark = Mark(target: target, redrives: redrives)
        guard state.marked.insert(mark).inserted else { return }
        state.markedOrder.append(mark)
        if state.markedOrder.count > maximumMarked, let oldest = state.markedOrder.popFirst() { state.marked.remove(oldest) }
    }

    /// The latest one in any case, whatever its size.
    private static func keep(_ event: EncodedEvent, of workspace: Workspace, in state: inout State) {
        let bytes = event.memory
        let key = Key(event.id, workspace)
        state.ended[key] = event
        state.endedOrder.append((key, bytes))
        state.endedBytes += bytes
        while state.endedOrder.count > maximumEnded || state.endedBytes > maximumEndedBytes, state.endedOrder.count > 1,
            let oldest = state.endedOrder.popFirst()
        {
            state.ended[oldest.key] = nil
            state.endedBytes -= oldest.bytes
        }
    }
}
