import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot tasks cancel`
struct TasksCancelCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End tasks, running or waiting.",
        discussion: """
            Prints what the workers say of each task. The broker keeps the order: a worker that starts later heeds it as well.

            EXAMPLE
              moltbot tasks cancel 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11
            """)

    /// Workers answer at once; this is for one that is busy or far away.
    private static let patience = Duration.milliseconds(1500)

    @Argument(help: "Ids of the tasks.", transform: ArgumentSyntax.taskID)
    var ids: [TaskID]

    @Option(
        help: ArgumentHelp("Whose tasks; default 'default'.", valueName: "workspace"),
        transform: ArgumentSyntax.workspace)
    var workspace = Workspace.default

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let (ids, workspace) = (ids, workspace)
        let reports = try await context.withBroker { try await Self.ask($0, ids, of: workspace) }
        for (id, standing) in reports.flatMap(\.standings) { try print(id, standing, context.console) }
    }

    /// One question for each thousand ids, one after the other.
    private static func ask(_ session: BrokerSession, _ ids: [TaskID], of workspace: Workspace) async throws -> [CancelReport] {
        let line = ControlLine(session)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await line.run() }
            defer { group.cancelAll() }
            var reports: [CancelReport] = []
            var rest = ids[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(ControlMessage.maximumIDs))
                rest = rest.dropFirst(part.count)
                let answers = try await line.ask(.cancel(part, of: workspace), within: patience) { answers in
                    Set(answers.flatMap(\.running)).isSuperset(of: part)
                }
                reports.append(CancelReport(part, answers))
            }
            return reports
        }
    }

    private func print(_ id: TaskID, _ standing: CancelReport.Standing, _ console: Console) throws {
        guard json else { return try console.print("\(id)\t\(standing.forPeople)") }
        try console.print { writer in
            writer.beginObject()
            writer.member("task_id", id.rawValue)
            writer.member("answer", standing.rawValue)
            writer.endObject()
        }
    }
}
