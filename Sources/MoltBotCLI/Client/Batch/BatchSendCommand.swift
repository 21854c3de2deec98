import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// `moltbot batch FILE`
struct BatchSendCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a file of tasks as one batch; what `moltbot batch FILE` does.",
        discussion: """
            The file is a JSON array of up to 50,000 tasks, or has one task a line (JSON
            Lines), with the fields of the message contract and "priority". All of them are
            taken or none: the answer names the ones that are wrong. Prints the batch's id;
            with --wait each task as it ends, and exits with 1 when one did not complete.
            """)

    @Argument(help: "The file; - is standard input.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("How many of them run at once, over all workers; default 1000.", valueName: "number"))
    var concurrency: Int?

    @Option(
        help: ArgumentHelp("A name for this batch: sent again with the same one, nothing is sent twice.", valueName: "key"))
    var idempotencyKey: String?

    @Flag(help: "Wait until all tasks have ended, and print their answers.")
    var wait = false

    @Option(help: ArgumentHelp("With --wait: how long, in seconds; default for ever.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Workspace") var workspace: WorkspaceOption
    @OptionGroup(title: "API") var node: NodeOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { node.flags }

    func validate() throws {
        if let concurrency, !(1...50_000).contains(concurrency) {
            throw ValidationError("--concurrency is a number from 1 to 50000, not \(concurrency)")
        }
        if timeout != nil, !wait { throw ValidationError("--timeout is for --wait") }
        try WaitTime.check(timeout)
    }

    func run(in context: CommandContext) async throws {
        let file = try BatchFile(path: file)
        let query = concurrency.map { [("concurrency", "\($0)")] } ?? []
        let content = NodeClient.Content(
            type: file.contentType, bytes: file.bytes, headers: idempotencyKey.map { [("idempotency-key", $0)] } ?? [])
        let (console, isJSON, waits, timeout) = (context.console, json, wait, timeout)
        try await context.withNode(in: workspace.workspace) { node in
            let accepted: JSONValue
            do {
                accepted = try await node.post(["tasks", "batch"], query, content, for: .seconds(300))
            } catch let problem as NodeProblem {
                throw file.failure(problem, console)
            }
            let id = accepted["batch_id"]?.stringValue ?? ""
            let ids = accepted["task_ids"]?.arrayValue?.compactMap(\.stringValue) ?? []
            guard waits else {
                return isJSON ? try console.print(sorted: accepted) : try console.print(id)
            }
            console.note("\(ids.count) tasks sent as batch \(id).")
            let output = AwaitedOutput(console: console, count: ids.count, printsJSON: isJSON)
            try await output.run(TaskWaits(node: node, deadline: WaitTime.deadline(timeout)), for: ids, timeout: timeout)
        }
    }
}
