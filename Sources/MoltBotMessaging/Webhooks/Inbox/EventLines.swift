/// Events of one task one after the other, those of different tasks side by side. Pure.
///
/// Bounded by what comes at once: an event is here from its arrival to the end of those before it.
package struct EventLines<Event> {
    /// By task, while one of its events is under way: those that wait behind it, oldest first.
    private var waiting: [String: [Event]] = [:]
    private var isClosed = false

    package init() {}

    /// True when the event may begin; otherwise ``ended(of:)`` gives it when its turn has come.
    package mutating func arrived(_ event: Event, of task: String) -> Bool {
        guard waiting[task] != nil else {
            waiting[task] = []
            return !isClosed
        }
        waiting[task]?.append(event)
        return false
    }

    /// The event of that task that was under way is stored. The result is the next one, which may begin.
    package mutating func ended(of task: String) -> Event? {
        guard !isClosed else { return nil }
        guard let line = waiting[task], !line.isEmpty else {
            waiting[task] = nil
            return nil
        }
        return waiting[task]?.removeFirst()
    }

    /// Nothing begins any more.
    package mutating func close() {
        isClosed = true
    }
}
