import ArgumentParser

/// `moltbot tasks`
struct Tasks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Act on tasks that were submitted.", subcommands: [TasksCancel.self])
}
