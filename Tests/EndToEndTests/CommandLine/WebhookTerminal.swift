import MoltBotCore
import TestSupport
import Testing

/// A terminal whose master key is in a folder of its own.
struct WebhookTerminal: Sendable {
    let terminal: Terminal
    let folder: String

    typealias Output = (exit: ChildProcess.Exit, output: String, errorOutput: String)

    func webhooks(_ arguments: String..., input: String = "") async throws -> Output { try await run(arguments, input: input) }

    func run(_ arguments: [String], input: String = "") async throws -> Output {
        try await terminal.moltbot(["webhooks"] + arguments + ["--state-dir", folder], input: input)
    }

    /// Runs a command that has to work, and returns what it prints with `--json`.
    func json(_ arguments: String...) async throws -> JSONValue {
        let result = try await run(arguments + ["--json"])
        guard result.exit == .code(0) else { throw TerminalFailure(description: "webhooks \(arguments): \(result.errorOutput)") }
        return try JSONValue.parse(result.output)
    }

    func count(_ queue: String) async throws -> Int { try await terminal.count(queue) }

    func publish(_ body: String, id: String, exchange: String, routingKey: String) async throws {
        try await terminal.publish(body, id: id, exchange: exchange, routingKey: routingKey)
    }
}

func withWebhookTerminal(_ body: @escaping @Sendable (WebhookTerminal) async throws -> Void) async throws {
    try await withTerminal { terminal in
        try await body(WebhookTerminal(terminal: terminal, folder: try await TestRun.makeDirectory("state")))
    }
}
