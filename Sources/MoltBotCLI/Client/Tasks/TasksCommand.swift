import ArgumentParser

/// `moltbot tasks`
struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "Look at tasks that were submitted, wait for them, end them.",
        discussion: """
            `list`, `show` and `wait` ask an API node (`moltbot up` or `moltbot api`);
            `cancel` asks the workers over the broker.
            """,
        subcommands: [TasksListCommand.self, TasksShowCommand.self, TasksWaitCommand.self, TasksCancelCommand.self])
}
