package import MoltBotCore
package import MoltBotMessaging

/// The deliveries of one endpoint with FIFO ordering: each task has a line, and only its head is sent. Pure; the caller brings the time.
///
/// A head that waits in the delay ladder for its retry keeps its place; those behind it follow it there, due a little later each time.
package struct TaskOrder: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Turn: Sendable, Equatable {
        case now
        /// The one before is being sent, or on its way into the ladder, or is about to be: ask again when something has changed.
        case soon
        /// The head is away until then, and so are all before this one: wait in the ladder as well.
        case after(Instant)
        /// One of its line has stayed in the queue: it stays there as well, behind it.
        case stay
    }

    private enum Place: Equatable {
        case here
        case away(until: Instant)
    }

    private struct Entry {
        var id: String
        var place: Place
        /// Whether it has been away, which is on the broker as well.
        var isMarked = false
    }

    /// A head that is overdue by this has gone another way: it is a dead letter, or another relay has sent it.
    package static let lateness = Duration.seconds(60)
    /// Tasks whose lines are kept. Beyond that, the order of the one that was forgotten is no longer certain.
    static let maximumTasks = 100_000

    /// By task. A line ends with its last delivery.
    private var lines: [String: [Entry]] = [:]
    /// Tasks of which this consumer has left something in the queue.
    private var stayed: Set<String> = []

    package init() {}

    /// A new consumer begins: what the last one left in the queue comes again, in its order.
    /// - Parameter marks: what is away, as the broker has it, oldest mark first: another relay may have had the queue meanwhile.
    package mutating func consumerStarted(_ marks: [OrderMark] = [], at now: Instant, time: Timestamp) {
        stayed = []
        lines = [:]
        for mark in marks {
            guard let until = mark.until else {
                left(mark.id, of: mark.task)
                continue
            }
            let line = lines[mark.task] ?? []
            if !line.contains(where: { $0.id == mark.id }) { keep(line + [Entry(id: mark.id, place: .here)], mark.task) }
            wentAway(mark.id, of: mark.task, until: now + (until - time))
        }
    }

    /// Whether there is a mark of it that still counts.
    package func isMarked(_ id: String, of task: String) -> Bool {
        lines[task]?.contains { $0.id == id && $0.isMarked } ?? false
    }

    /// A delivery has come from the queue, or asks again.
    package mutating func arrived(_ id: String, of task: String, at now: Instant) -> Turn {
        if stayed.contains(task) { return .stay }
        var line = lines[task] ?? []
        line.removeAll { entry in
            if entry.id != id, case .away(let end) = entry.place { end + Self.lateness < now } else { false }
        }
        let index = line.firstIndex { $0.id == id } ?? line.endIndex
        if index == line.endIndex { line.append(Entry(id: id, place: .here)) }
        line[index].place = .here
        defer { keep(line, task) }
        guard index > 0 else { return .now }
        // One after the other also into the ladder: another relay knows the order of those that are away from that of their marks.
        guard case .away(let end) = line[0].place, line[index - 1].place != .here else { return .soon }
        return .after(end)
    }

    /// It has gone to the ladder, for a retry or behind the head of its line.
    package mutating func wentAway(_ id: String, of task: String, until end: Instant) {
        guard let index = lines[task]?.firstIndex(where: { $0.id == id }) else { return }
        lines[task]?[index].place = .away(until: end)
        lines[task]?[index].isMarked = true
    }

    /// It has reached its receiver, or was given up: the next one is the head.
    package mutating func left(_ id: String, of task: String) {
        guard let line = lines[task] else { return }
        keep(line.filter { $0.id != id }, task)
    }

    /// It stays in the queue, and so does everything behind it, until the next consumer starts.
    package mutating func stayed(in task: String) {
        stayed.insert(task)
    }

    private mutating func keep(_ line: [Entry], _ task: String) {
        lines[task] = line.isEmpty ? nil : line
        if lines.count > Self.maximumTasks, let other = lines.keys.first(where: { $0 != task }) { lines[other] = nil }
    }
}
