import AMQP
import Foundation
import Logging
import NIOCore
import TestSupport

/// What a person at a terminal has: the real program, and a broker with the topology on it. No worker runs unless asked for.
struct Terminal: Sendable {
    let url: String
    /// A program beside it that speaks plain AMQP.
    let program: AMQPClient

    private var environment: [String: String] {
        CommandRun.neutral.merging(["MOLTBOT_BROKER_URL": url]) { _, new in new }
    }

    func moltbot(
        _ arguments: String..., input: String = "", within duration: Duration = .seconds(60)
    ) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
        try await moltbot(arguments, input: input, within: duration)
    }

    /// - Parameter settings: variables beside those of the terminal.
    func moltbot(
        _ arguments: [String], input: String = "", settings: [String: String] = [:], within duration: Duration = .seconds(60)
    ) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
        try await runToEnd(
            try BuildProducts.executable("moltbot"), arguments, environment: environment.merging(settings) { _, new in new }, input: input,
            workingDirectory: try await WorkingFolder().path, within: duration)
    }

    /// Starts `moltbot` and lets `body` watch it.
    func withMoltbot<Result>(_ arguments: String..., body: (ChildProcess) async throws -> Result) async throws -> Result {
        try await withMoltbot(arguments, body: body)
    }

    /// - Parameter settings: variables beside those of the terminal.
    func withMoltbot<Result>(
        _ arguments: [String], settings: [String: String] = [:], body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        try await withChildProcess(
            try BuildProducts.executable("moltbot"), arguments, environment: environment.merging(settings) { _, new in new },
            workingDirectory: try await WorkingFolder().path, body)
    }

    /// Runs a worker for the length of `body`, which is started when the worker takes tasks.
    func withWorker<Result>(slots: Int = 20, _ body: (ChildProcess) async throws -> Result) async throws -> Result {
        try await withMoltbot("worker", "--concurrency", String(slots)) { worker in
            _ = try await worker.errorOutput.first("a ready worker", within: .seconds(60)) { $0.hasPrefix("Worker ready") }
            return try await body(worker)
        }
    }

    /// Serves the API for the length of `body`, which gets its address.
    func withAPI<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = try await WorkingFolder().path
        return try await withMoltbot("api", "--api-port", "0", "--state-dir", folder) { api in
            let ready = try await api.errorOutput.first("a ready API", within: .seconds(60)) { $0.hasPrefix("API ready at ") }
            guard let address = ready.split(separator: " ").dropFirst(3).first?.prefix(while: { $0 != "," }) else {
                throw TerminalFailure(description: ready)
            }
            return try await body(String(address))
        }
    }

    /// Runs a script of `examples/` with an interpreter.
    func example(
        _ interpreter: String, _ script: String, _ arguments: String..., settings: [String: String] = [:]
    ) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
        try await runToEnd(
            interpreter, ["\(BuildProducts.repository)/examples/\(script)"] + arguments,
            environment: environment.merging(settings) { _, new in new }, within: .seconds(90))
    }

    /// Runs an example of `examples/swift/`.
    func swiftExample(
        _ arguments: String..., settings: [String: String] = [:]
    ) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
        try await runToEnd(
            try BuildProducts.executable("examples"), arguments, environment: environment.merging(settings) { _, new in new },
            workingDirectory: try await WorkingFolder().path, within: .seconds(90))
    }

    /// Runs a line of a shell, where `$MOLTBOT` is the program.
    func shell(_ line: String) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
        let program = ["MOLTBOT": try BuildProducts.executable("moltbot")]
        return try await runToEnd(
            "sh", ["-c", line], environment: environment.merging(program) { _, new in new },
            workingDirectory: try await WorkingFolder().path)
    }

    func count(_ queue: String) async throws -> Int {
        try await program.withChannel { try await $0.queueDeclare(AMQPQueue(name: queue), passive: true).messageCount }
    }

    func publish(_ body: String, id: String, exchange: String = "moltbot.tasks", routingKey: String = "default.normal") async throws {
        try await program.publish(
            AMQPMessage(
                exchange: exchange, routingKey: routingKey,
                properties: AMQPProperties(contentType: "application/json", deliveryMode: .persistent, priority: 5, messageID: id),
                body: ByteBuffer(string: body)))
    }

    /// Writes a file that goes with the test process, and returns its path.
    static func file(_ name: String, _ text: String) async throws -> String {
        try await WorkingFolder(files: [name: text]).path + "/" + name
    }
}

/// Runs `body` at a terminal of its own virtual host.
func withTerminal<Result: Sendable>(_ body: @escaping @Sendable (Terminal) async throws -> Result) async throws -> Result {
    try await TestBroker.withVirtualHost { host in try await withTerminal(on: host, body) }
}

func withTerminal<Result: Sendable>(
    on host: VirtualHost, _ body: @escaping @Sendable (Terminal) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let program = AMQPClient(configuration: try AMQPConfiguration(urls: host.url, connectionName: "program"), logger: logger)
    let terminal = Terminal(url: host.url, program: program)
    let applied = try await terminal.moltbot("topology", "apply")
    guard applied.exit == .code(0) else { throw TerminalFailure(description: "topology apply: \(applied.errorOutput)") }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await program.run() }
        defer { group.cancelAll() }
        return try await body(terminal)
    }
}

struct TerminalFailure: Error, CustomStringConvertible {
    let description: String
}
