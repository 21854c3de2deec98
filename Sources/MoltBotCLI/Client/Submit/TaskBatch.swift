import MoltBotMessaging

/// The tasks of one `submit`.
enum TaskBatch: Sendable {
    case one(TaskSubmission)
    case file(TaskFile, TaskDefaults, TaskFileCheck)

    var count: Int {
        switch self {
        case .one: 1
        case .file(_, _, let check): check.goodLines
        }
    }

    /// Lines of the file that are left out.
    var badLines: Int {
        switch self {
        case .one: 0
        case .file(_, _, let check): check.badLines.count
        }
    }

    /// The tasks in their order, made one by one. A task without an id of its own gets a new one each time.
    var tasks: AnySequence<TaskSubmission> {
        switch self {
        case .one(let task): AnySequence([task])
        case .file(let file, let defaults, let check):
            AnySequence(
                file.lines(defaults).lazy.compactMap { line in
                    check.badLines.contains(line.number) ? nil : try? line.task.get()
                })
        }
    }
}
