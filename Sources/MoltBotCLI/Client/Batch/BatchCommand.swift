import ArgumentParser

/// `moltbot batch`
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Send many tasks as one batch, and see how far it is.",
        discussion: """
            EXAMPLES
              moltbot batch tasks.jsonl --concurrency 20
              moltbot batch tasks.json --wait --json > results.jsonl
              moltbot batch show 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11
            """,
        subcommands: [BatchSendCommand.self, BatchShowCommand.self], defaultSubcommand: BatchSendCommand.self)
}
