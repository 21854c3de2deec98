import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// `moltbot tasks list`
struct TasksListCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List tasks, the newest first.",
        discussion: """
            EXAMPLES
              moltbot tasks list --status failed,expired --since 24h
              moltbot tasks list --metadata ticket=42 --limit 500
              moltbot tasks list --status running --json | jq -r .task_id
            """)

    private static let limits = 1...100_000
    /// What the API gives at once.
    private static let pageSize = 100

    @OptionGroup(title: "Tasks") var filter: TaskFilterOptions

    @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
    var limit = 20

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Workspace") var workspace: WorkspaceOption
    @OptionGroup(title: "API") var node: NodeOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { node.flags }

    func validate() throws {
        guard Self.limits.contains(limit) else {
            throw ValidationError("--limit is a number from \(Self.limits.lowerBound) to \(Self.limits.upperBound), not \(limit)")
        }
    }

    func run(in context: CommandContext) async throws {
        let (query, limit, console, isJSON) = (filter.query(now: .now()), limit, context.console, json)
        let (table, count, hasMore) = try await context.withNode(in: workspace.workspace) { node in
            var table = TextTable("TASK", "STATUS", "MODEL", "PRIORITY", "CREATED", "TOOK", "COST", "ERROR")
            var (count, cursor) = (0, String?.none)
            repeat {
                let size = min(Self.pageSize, limit - count)
                let page = try await node.get(
                    ["tasks"], query + [("limit", "\(size)")] + [cursor.map { ("cursor", $0) }].compactMap(\.self))
                let tasks = page["tasks"]?.arrayValue ?? []
                for task in tasks {
                    if isJSON { try console.print(sorted: task) } else { Self.add(TaskDocument(task), to: &table) }
                }
                count += tasks.count
                cursor = tasks.isEmpty ? nil : page["next_cursor"]?.stringValue
            } while cursor != nil && count < limit
            return (table, count, cursor != nil)
        }
        if !json, count > 0 { try console.print(table) }
        if count == 0 { console.note("No such tasks.") }
        if hasMore { console.note("There are more; the newest \(count) are shown. --limit shows others.") }
    }

    private static func add(_ task: TaskDocument, to table: inout TextTable) {
        table.add(
            task.id, task.statusText, task.text("model")?.escapedLine ?? "-",
            task.json["priority"].map { $0.isNull ? "-" : "\($0)" } ?? "-",
            task.text("created_at") ?? "-", task.duration ?? "-", task.cost ?? "-", task.text("error_type")?.escapedLine ?? "-")
    }
}
