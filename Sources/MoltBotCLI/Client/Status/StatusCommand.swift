import ArgumentParser
import Glibc
import MoltBotConfig
import MoltBotCore

/// `moltbot status`
struct StatusCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what waits and runs, the workers, rates, models and how far the ledger is.",
        discussion: """
            Asks an API node (`moltbot up` or `moltbot api`).

            EXAMPLES
              moltbot status
              moltbot status --watch
              moltbot status --json | jq .waiting
            """)

    /// Between two looks.
    private static let interval = Duration.seconds(2)

    @Flag(help: "Look again every two seconds until Ctrl-C.")
    var watch = false

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Workspace") var workspace: WorkspaceOption
    @OptionGroup(title: "API") var node: NodeOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { node.flags }

    func run(in context: CommandContext) async throws {
        let (console, goesOn, isJSON) = (context.console, watch, json)
        try await context.withNode(in: workspace.workspace) { node in
            while true {
                let status = try await node.get(["status"])
                if isJSON {
                    try console.print(sorted: status)
                } else {
                    // A person sees one picture that changes, a file gets one after the other.
                    if goesOn, isatty(STDOUT_FILENO) == 1 { try console.print(document: "\u{1B}[H\u{1B}[2J") }
                    try StatusReport(status: status).print(to: console)
                    if goesOn { try console.print("") }
                }
                guard goesOn else { return }
                try await Task.sleep(for: Self.interval)
            }
        }
    }
}
