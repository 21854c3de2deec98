import MoltBotCore
import MoltBotMessaging

/// What a look through a whole file of tasks found, before any of them is sent.
struct TaskFileCheck: Sendable {
    /// Problems that are shown; bad lines beyond them are counted.
    private static let shownProblems = 20

    private(set) var goodLines = 0
    private(set) var badLines: Set<Int> = []
    /// `file:line: field: what is wrong`, the first ones.
    private(set) var problems: [String] = []

    init(_ file: TaskFile, _ defaults: TaskDefaults) {
        var lines: [TaskID: Int] = [:]
        for line in file.lines(defaults) {
            switch line.task {
            case .success(let task):
                if let first = lines[task.id] {
                    reject(line.number, "\(file.name):\(line.number): id: \"\(task.id)\" is the id of line \(first) as well")
                } else {
                    lines[task.id] = line.number
                    goodLines += 1
                }
            case .failure(let error):
                for problem in error.problems { reject(line.number, "\(file.name):\(line.number): \(problem)") }
            }
        }
    }

    private mutating func reject(_ line: Int, _ problem: String) {
        badLines.insert(line)
        if problems.count < Self.shownProblems { problems.append(problem) }
    }
}
