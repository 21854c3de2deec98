import Foundation
import TestSupport

/// A person who looks after models: a folder with settings, a broker with the topology, and a master key that all commands know.
struct ModelTerminal: Sendable {
    /// 32 bytes, as `openssl rand -base64 32` makes them.
    private static let masterKey = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

    let url: String
    let folder: WorkingFolder

    private var environment: [String: String] {
        CommandRun.neutral.merging(["MOLTBOT_BROKER_URL": url, "MOLTBOT_MASTER_KEY": Self.masterKey, "SECOND_KEY": "sk-second"]) {
            _, new in new
        }
    }

    func moltbot(_ arguments: String..., input: String = "") async throws -> CommandRun {
        let result = try await runToEnd(
            try BuildProducts.executable("moltbot"), arguments, environment: environment, input: input, workingDirectory: folder.path)
        return CommandRun(status: result.exit, output: result.output, messages: result.errorOutput)
    }

    /// The answer to a task.
    func ask(_ text: String, of model: String) async throws -> CommandRun {
        try await moltbot("submit", "--wait", "--timeout", "300", "--model", model, text)
    }

    /// Runs a worker for the length of `body`, which is started when the worker takes tasks.
    func withWorker<Result>(_ body: (ChildProcess) async throws -> Result) async throws -> Result {
        try await withChildProcess(
            try BuildProducts.executable("moltbot"), ["worker"], environment: environment, workingDirectory: folder.path
        ) { worker in
            do {
                _ = try await worker.errorOutput.first("a ready worker", within: .seconds(60)) { $0.hasPrefix("Worker ready") }
                return try await body(worker)
            } catch {
                throw TerminalFailure(description: "\(error)\n\(worker.errorOutput.elements.suffix(40).joined(separator: "\n"))")
            }
        }
    }
}

/// Runs `body` on a virtual host of its own.
func withModelTerminal<Result: Sendable>(
    files: [String: String] = [:], _ body: @escaping @Sendable (ModelTerminal) async throws -> Result
) async throws -> Result {
    try await TestBroker.withVirtualHost { host in
        let terminal = ModelTerminal(url: host.url, folder: try await WorkingFolder(files: files))
        let applied = try await terminal.moltbot("topology", "apply")
        guard applied.status == .code(0) else { throw TerminalFailure(description: "topology apply: \(applied.messages)") }
        return try await body(terminal)
    }
}
