import ArgumentParser
import MoltBotCore

/// What a task is like, for those that do not say it themselves.
struct TaskOptions: ParsableArguments {
    @Option(help: ArgumentHelp("0 to 10, 10 the most urgent; default 5.", valueName: "0-10"))
    var priority: Int?

    @Option(
        help: ArgumentHelp("How urgent in a word: low (1), normal (5), high (8), critical (10).", valueName: "lane"),
        transform: {
            guard let lane = Lane(rawValue: $0) else {
                throw ValidationError("expected one of \(Lane.allCases.map(\.rawValue).joined(separator: ", ")), got '\($0)'")
            }
            return lane
        })
    var lane: Lane?

    @Option(help: ArgumentHelp("The model's name in MoltBot's settings; default the worker's.", valueName: "model"))
    var model: String?

    @Option(
        help: ArgumentHelp("Whose task it is; default 'default'.", valueName: "workspace"),
        transform: ArgumentSyntax.workspace)
    var workspace: Workspace?

    @Option(
        help: ArgumentHelp("Settings for the model as JSON, such as '{\"temperature\": 0.2}'.", valueName: "json"),
        transform: { text in
            do {
                guard case .object(let members) = try JSONValue.parse(text) else {
                    throw ValidationError("expected a JSON object such as '{\"temperature\": 0.2}'")
                }
                return members
            } catch let error as JSONError {
                throw ValidationError("not valid JSON: \(error)")
            }
        })
    var parameters: [String: JSONValue]?

    @Option(
        help: ArgumentHelp("Start no earlier than this, such as 2026-12-01T08:00:00Z.", valueName: "time"),
        transform: {
            guard let time = Timestamp(rfc3339: $0) else {
                throw ValidationError("expected an RFC 3339 time such as 2026-12-01T08:00:00Z, got '\($0)'")
            }
            return time
        })
    var runAt: Timestamp?

    func validate() throws {
        if let priority, !Lane.priorities.contains(priority) { throw ValidationError("--priority is 0 to 10, got \(priority)") }
        if priority != nil, lane != nil { throw ValidationError("give --priority or --lane, not both") }
    }

    var defaults: TaskDefaults {
        TaskDefaults(
            workspace: workspace ?? .default, priority: priority ?? Int((lane ?? .normal).priority), model: model,
            parameters: parameters ?? [:], runAt: runAt)
    }
}
