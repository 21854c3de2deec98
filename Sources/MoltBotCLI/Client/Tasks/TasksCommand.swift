import ArgumentParser

/// `moltbot tasks`
struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "Act on tasks that were submitted.", subcommands: [TasksCancelCommand.self])
}
