import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// `moltbot batch show`
struct BatchShowCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show how far a batch is: its tasks by status, and what they cost.",
        discussion: """
            `moltbot tasks list --batch ID` lists its tasks.

            EXAMPLE
              moltbot batch show 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11
            """)

    @Argument(help: "The id that `moltbot batch` printed.")
    var id: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Workspace") var workspace: WorkspaceOption
    @OptionGroup(title: "API") var node: NodeOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { node.flags }

    func run(in context: CommandContext) async throws {
        let id = id
        let batch = try await context.withNode(in: workspace.workspace) { try await $0.get(["batches", id]) }
        guard !json else { return try context.console.print(sorted: batch) }
        var list = DetailList()
        list.add("batch", batch["batch_id"]?.stringValue)
        list.add("workspace", batch["workspace"]?.stringValue)
        list.add("status", batch["status"]?.stringValue)
        list.add("ended", "\(batch["ended"]?.integerValue ?? 0) of \(batch["total"]?.integerValue ?? 0)")
        for status in TaskStatus.allCases {
            guard let count = batch["tasks"]?[status.rawValue]?.integerValue, count > 0 else { continue }
            list.add("  " + status.rawValue, "\(count)")
        }
        list.add("cost", cost(of: batch))
        try context.console.print(list)
    }

    /// Nothing while no task has cost anything.
    private func cost(of batch: JSONValue) -> String? {
        guard let cost = batch["cost_usd"]?.doubleValue else { return "unknown" }
        return cost > 0 ? Money.text(cost) : nil
    }
}
