import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// `moltbot tasks show`
struct TasksShowCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one task: its state, cost, every attempt and its result.",
        discussion: """
            A task that was put back after its end (`moltbot dead retry`) has several lives;
            the attempts of all of them are shown.

            EXAMPLE
              moltbot tasks show 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11
            """)

    @Argument(help: "The task's id.", transform: ArgumentSyntax.taskID)
    var id: TaskID

    @Flag(help: "Print one JSON object: the task, with its history as \"lives\".")
    var json = false

    @OptionGroup(title: "Workspace") var workspace: WorkspaceOption
    @OptionGroup(title: "API") var node: NodeOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { node.flags }

    func run(in context: CommandContext) async throws {
        let id = id.rawValue
        let (task, lives) = try await context.withNode(in: workspace.workspace) { node in
            let task = try await node.get(["tasks", id])
            return (task, try await node.get(["tasks", id, "history"])["lives"] ?? [])
        }
        guard json else { return try TaskReport(task: TaskDocument(task), lives: lives).print(to: context.console) }
        try context.console.print(sorted: .object((task.objectValue ?? [:]).merging(["lives": lives]) { _, new in new }))
    }
}
