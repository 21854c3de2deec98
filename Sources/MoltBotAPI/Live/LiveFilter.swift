internal import MoltBotCore

/// Which events a listener gets.
struct LiveFilter: Sendable, Equatable {
    var workspace: Workspace
    /// One of these; all where there is none.
    var types: [EventPattern] = []
    var task: TaskID?

    func matches(_ event: LiveEvent) -> Bool {
        guard event.workspace == workspace else { return false }
        if let task, event.task != task { return false }
        return types.isEmpty || types.contains { $0.matches(event.type) }
    }

    /// Reads `task.completed,task.failed` or `task.*`.
    /// - Throws: 400 naming the parameter.
    static func types(_ text: String?) throws(Problem) -> [EventPattern] {
        var patterns: [EventPattern] = []
        for name in (text ?? "").split(separator: ",") {
            guard let pattern = EventPattern(String(name)) else {
                throw .invalidQuery(
                    "type", expected: "event types such as task.completed or task.*, with commas between", got: String(name))
            }
            patterns.append(pattern)
        }
        return patterns
    }
}
