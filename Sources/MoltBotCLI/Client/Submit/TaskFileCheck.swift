internal import MoltBotCore
internal import MoltBotMessaging

/// What a look through a whole file of tasks found, before any of them is sent.
struct TaskFileCheck {
    /// Bad lines that are shown; the rest are counted.
    private static let shownProblems = 20

    private(set) var goodLines = 0
    private(set) var badLines = 0
    /// `file:line: field: what is wrong`, for the first bad lines.
    private(set) var problems: [String] = []

    init(_ file: TaskFile, _ defaults: TaskDefaults) {
        var lines: [TaskID: Int] = [:]
        for line in file.lines(defaults) {
            switch line.task {
            case .success(let task):
                // Ids made by MoltBot are new each time; only given ones can meet twice.
                if let first = lines.updateValue(line.number, forKey: task.id) {
                    reject("\(file.name):\(line.number): id: \"\(task.id)\" is the id of line \(first) as well")
                } else {
                    goodLines += 1
                }
            case .failure(let error):
                for problem in error.problems {
                    reject("\(file.name):\(line.number): \(problem)", isNewLine: problem == error.problems.first)
                }
            }
        }
    }

    private mutating func reject(_ problem: String, isNewLine: Bool = true) {
        if isNewLine { badLines += 1 }
        if problems.count < Self.shownProblems { problems.append(problem) }
    }
}
