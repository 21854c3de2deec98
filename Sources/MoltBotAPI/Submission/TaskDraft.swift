internal import MoltBotCore
internal import MoltBotMessaging

/// A task as clients send it: the fields of the contract, and those that AMQP carries in properties.
struct TaskDraft {
    /// The original MoltBot's scale went on to 20; what lies above 10 counts as 10.
    private static let highestPriority = 20

    var request: TaskRequest
    /// 0 to 10.
    var priority: Int

    /// - Throws: 400 with every problem found, each with its field.
    init(_ document: JSONValue) throws(Problem) {
        guard case .object(var members) = document else {
            throw Self.invalid([FieldProblem(path: "", message: "expected a JSON object with a task")])
        }
        var problems: [FieldProblem] = []
        let priority = members.removeValue(forKey: "priority") ?? .null
        self.priority = Int(Lane.normal.priority)
        if let number = Self.number(ofPriority: priority) {
            self.priority = number
        } else {
            let names = Lane.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append(
                FieldProblem(
                    path: "priority",
                    message: "expected a whole number from 0 to \(Self.highestPriority) (11 to 20 count as 10), or one of \(names)"))
        }
        do throws(InvalidTask) {
            request = try TaskRequest.decode(.object(members))
        } catch {
            throw Self.invalid(error.problems + problems)
        }
        guard problems.isEmpty else { throw Self.invalid(problems) }
    }

    private static func number(ofPriority value: JSONValue) -> Int? {
        if value.isNull { return Int(Lane.normal.priority) }
        if let name = value.stringValue { return Lane(rawValue: name).map { Int($0.priority) } }
        guard let number = value.integerValue, (0...Int64(highestPriority)).contains(number) else { return nil }
        return min(Int(number), Lane.priorities.upperBound)
    }

    private static func invalid(_ problems: [FieldProblem]) -> Problem {
        .invalid("invalid-task", "The task can't be taken", fields: problems)
    }
}
