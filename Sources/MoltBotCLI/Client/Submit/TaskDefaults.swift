import MoltBotCore
import MoltBotMessaging

/// What the command line says of every task that does not say it itself.
struct TaskDefaults: Sendable {
    var workspace = Workspace.default
    var priority = Int(Lane.normal.priority)
    var model: String?
    var parameters: [String: JSONValue] = [:]
    var runAt: Timestamp?
}

extension TaskDefaults {
    /// The fields that a task of a file may have beside those of the contract: what AMQP carries outside the body.
    private static let envelopeFields: Set<String> = ["id", "priority", "workspace"]

    /// A task from the JSON object that describes it.
    /// - Throws: ``InvalidTask`` with every problem found.
    func submission(_ document: JSONValue) throws(InvalidTask) -> TaskSubmission {
        guard case .object(var members) = document else {
            throw InvalidTask(problems: [FieldProblem(path: "", message: "expected an object with the fields of a task")])
        }
        let envelope = members.filter { Self.envelopeFields.contains($0.key) && !$0.value.isNull }
        for name in Self.envelopeFields { members[name] = nil }
        if let model, members["model"] == nil { members["model"] = .string(model) }
        if let runAt, members["run_at"] == nil { members["run_at"] = .string(runAt.rfc3339) }
        if !parameters.isEmpty {
            members["parameters"] = .object(parameters.merging(members["parameters"]?.objectValue ?? [:]) { _, own in own })
        }
        var problems: [FieldProblem] = []
        let id = Self.field(envelope["id"], "id", "1 to \(TaskID.maximumLength) visible ASCII characters", &problems) {
            $0.stringValue.flatMap { TaskID($0) }
        }
        let priority = Self.field(envelope["priority"], "priority", "a whole number from 0 to 10", &problems) { value in
            value.integerValue.flatMap { Lane.priorities.contains(Int($0)) ? Int($0) : nil }
        }
        let workspace = Self.field(envelope["workspace"], "workspace", Workspace.rule, &problems) {
            $0.stringValue.flatMap { Workspace($0) }
        }
        var request: TaskRequest?
        do {
            request = try TaskRequest.decode(.object(members))
        } catch {
            problems += error.problems
        }
        guard let request, problems.isEmpty else { throw InvalidTask(problems: problems) }
        return TaskSubmission(
            id: id ?? TaskID(), workspace: workspace ?? self.workspace, request: request, priority: priority ?? self.priority)
    }

    private static func field<Value>(
        _ value: JSONValue?, _ path: String, _ expected: String, _ problems: inout [FieldProblem], _ read: (JSONValue) -> Value?
    ) -> Value? {
        guard let value else { return nil }
        guard let result = read(value) else {
            problems.append(FieldProblem(path: path, message: "expected \(expected), got \(value)"))
            return nil
        }
        return result
    }
}
