import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// `moltbot tasks wait`
struct TasksWaitCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until tasks have ended, and print their answers.",
        discussion: """
            Prints each as it ends: of one task the answer, of several the id, the status and
            the answer. Exits with 1 when one of them did not complete, and with 75 when
            time is over first; the tasks go on then.

            EXAMPLES
              moltbot tasks wait 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11 --timeout 60
              moltbot submit --file tasks.jsonl | xargs moltbot tasks wait
            """)

    @Argument(help: "Ids of the tasks.", transform: ArgumentSyntax.taskID)
    var ids: [TaskID]

    @Option(help: ArgumentHelp("How long, in seconds; default for ever.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Workspace") var workspace: WorkspaceOption
    @OptionGroup(title: "API") var node: NodeOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { node.flags }

    func validate() throws { try WaitTime.check(timeout) }

    func run(in context: CommandContext) async throws {
        var seen: Set<TaskID> = []
        let ids = ids.filter { seen.insert($0).inserted }.map(\.rawValue)
        let wait = AwaitedOutput(console: context.console, count: ids.count, printsJSON: json)
        let deadline = WaitTime.deadline(timeout)
        try await context.withNode(in: workspace.workspace) { node in
            try await wait.run(TaskWaits(node: node, deadline: deadline), for: ids, timeout: timeout)
        }
    }
}
