import ArgumentParser
import Foundation
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot submit`
struct SubmitCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Give MoltBot one task, or a file of them.",
        discussion: """
            Prints the id of each task once the broker has it. With --wait it prints the answer, and exits with 1 when a task failed
            and with 75 when the answer did not come in time; the tasks go on in both cases.

            A file has one task a line as a JSON object with the fields of the message contract, and "id", "priority" and "workspace".
            It is checked as a whole before its first task is sent.

            EXAMPLES
              moltbot submit --wait "Explain quantum computing in one sentence"
              moltbot submit --lane high --model gpt-4o-mini "Summarise the report"
              git diff | moltbot submit --wait -
              moltbot submit --file tasks.jsonl --wait --json > results.jsonl
            """)

    @Argument(help: "The prompt; - reads it from standard input.")
    var prompt: String?

    @Option(help: ArgumentHelp("A file of tasks, one JSON object a line; - is standard input.", valueName: "path"), completion: .file())
    var file: String?

    @Flag(help: "With --file: send the good lines of a file that has bad ones, and exit with 1.")
    var keepGoing = false

    @Flag(help: "Wait for the answers and print them.")
    var wait = false

    @Option(help: ArgumentHelp("With --wait: how long, in seconds; default for ever.", valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp("The task's id, best a UUID; default a new one.", valueName: "id"),
        transform: ArgumentSyntax.taskID)
    var id: TaskID?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Task") var task: TaskOptions
    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func validate() throws {
        guard (prompt == nil) != (file == nil) else {
            throw ValidationError("Give a prompt, - for standard input, or --file. For example: moltbot submit --wait \"Say hello\"")
        }
        if file != nil, id != nil { throw ValidationError("--id is for one task; in a file each line has its own \"id\".") }
        if file == nil, keepGoing { throw ValidationError("--keep-going is for --file.") }
        if timeout != nil, !wait { throw ValidationError("--timeout is for --wait.") }
        try WaitTime.check(timeout)
    }

    func run(in context: CommandContext) async throws {
        let batch = try file.map { try fileBatch($0, context.console) } ?? TaskBatch.one(singleTask())
        let job = SubmitJob(batch: batch, console: context.console, printsJSON: json)
        let patience = timeout.map { Duration.seconds($0) }
        let wait = wait
        try await context.withBroker { session in
            if wait {
                try await job.sendAndWait(session, for: patience)
            } else {
                try await job.send(session)
            }
        }
        if batch.badLines > 0 { throw CommandFailure(.failed, "\(batch.badLines) bad lines were left out") }
    }

    private func singleTask() throws -> TaskSubmission {
        var text = prompt ?? ""
        if text == "-" { text = String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self) }
        var document: [String: JSONValue] = ["prompt": .string(text)]
        if let id { document["id"] = .string(id.rawValue) }
        do {
            return try task.defaults.submission(.object(document))
        } catch {
            throw CommandFailure(.usage, "the task is not valid: \(error)")
        }
    }

    private func fileBatch(_ path: String, _ console: Console) throws -> TaskBatch {
        let file = try TaskFile(path: path)
        let defaults = task.defaults
        let check = TaskFileCheck(file, defaults)
        for problem in check.problems { console.note(problem) }
        guard check.badLines.isEmpty || keepGoing else {
            throw CommandFailure(
                .usage, "\(check.badLines.count) of \(check.badLines.count + check.goodLines) lines are bad; nothing was sent",
                remedy: "Put them right, or leave them out with --keep-going.")
        }
        guard check.goodLines > 0 else { throw CommandFailure(.usage, "\(file.name) has no task to send") }
        return .file(file, defaults, check)
    }
}
