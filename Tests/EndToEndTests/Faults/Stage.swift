import AMQP
import Foundation
import PrivateBroker
import TestSupport

/// A virtual host with the topology, a spectator on it, and real `moltbot worker` processes as a test wants them.
struct Stage: Sendable {
    let url: String
    let brokerPort: Int
    let spectator: Spectator

    /// The broker's address, by another port where a proxy stands in front of it.
    private func url(through port: Int?) -> String {
        port.map { url.replacingOccurrences(of: ":\(brokerPort)/", with: ":\($0)/") } ?? url
    }

    /// Runs an API node for the length of `body`, which begins when the node can be reached.
    /// - Parameters:
    ///   - folder: where its ledger is; another node on the same folder goes on with it.
    ///   - brokerPort: another way to the broker, such as a proxy.
    func withNode<Result>(
        _ folder: WorkingFolder, brokerPort: Int? = nil, body: (ChildProcess, LoopbackHTTP) async throws -> Result
    ) async throws -> Result {
        try await withChildProcess(
            try BuildProducts.executable("moltbot"), ["api", "--api-port", "0", "--state-dir", folder.path],
            environment: CommandRun.neutral.merging(["MOLTBOT_BROKER_URL": url(through: brokerPort)]) { _, new in new },
            workingDirectory: folder.path
        ) { node in
            let ready = try await node.errorOutput.first("a ready API", within: .seconds(60)) { $0.hasPrefix("API ready at ") }
            let address = ready.split(separator: " ").dropFirst(3).first?.prefix { $0 != "," }
            guard let port = address?.split(separator: ":").last.flatMap({ Int($0) }) else { throw TerminalFailure(description: ready) }
            return try await body(node, LoopbackHTTP(port: port))
        }
    }

    /// Returns when the spectator has heard every event that was published before the call.
    func hearAllEvents() async throws {
        try await spectator.publish("{}", id: "fence", exchange: "moltbot.events")
        _ = try await spectator.events.first("the last event") { $0.properties.messageID == "fence" }
    }

    /// Runs `body` with the ids of all tasks as the broker takes them.
    func withAcceptedTasks<Result>(_ body: (Recorder<String>) async throws -> Result) async throws -> Result {
        try await spectator.program.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: "spectator.tasks"))
            try await channel.queueBind(queue: "spectator.tasks", exchange: "moltbot.tasks", routingKey: "#")
        }
        let accepted = Recorder<String>()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [program = spectator.program] in
                await program.read("spectator.tasks") { accepted.record($0.properties.messageID ?? "") }
            }
            defer { group.cancelAll() }
            return try await body(accepted)
        }
    }

    /// Runs a worker for the length of `body`, which begins when the worker takes tasks.
    /// - Parameter brokerPort: another way to the broker, such as a proxy.
    func withWorker<Result>(
        model: String, brokerPort: Int? = nil, _ options: String..., body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        return try await withChildProcess(
            try BuildProducts.executable("moltbot"), ["worker", "--concurrency", "20"] + options,
            environment: CommandRun.neutral.merging(
                [
                    "MOLTBOT_BROKER_URL": url(through: brokerPort), "OPENAI_BASE_URL": model, "OPENAI_API_KEY": "test",
                    "MOLTBOT_LOG_LEVEL": "debug",
                ]) {
                    _, new in new
                },
            workingDirectory: try await WorkingFolder().path
        ) { worker in
            do {
                _ = try await worker.errorOutput.first("a ready worker", within: .seconds(60)) { $0.hasPrefix("Worker ready") }
                return try await body(worker)
            } catch {
                // What the worker said is most often the reason.
                throw TerminalFailure(description: "\(error)\n\(worker.errorOutput.elements.suffix(40).joined(separator: "\n"))")
            }
        }
    }
}

extension ChildProcess {
    /// Whether a worker did not hear from the ledger within 2 s, as on a machine that stands still: then it calls models again, by design.
    var gaveUpOnTheLedger: Bool {
        errorOutput.elements.contains {
            $0.contains("The ledger could not be read to its end in time") || $0.contains("No ledger node answered in time")
        }
    }
}

func withStage<Result: Sendable>(_ body: @escaping @Sendable (Stage) async throws -> Result) async throws -> Result {
    try await TestBroker.withVirtualHost { host in
        let applied = try await runToEnd(
            try BuildProducts.executable("moltbot"), ["topology", "apply"],
            environment: CommandRun.neutral.merging(["MOLTBOT_BROKER_URL": host.url]) { _, new in new },
            workingDirectory: try await WorkingFolder().path)
        guard applied.exit == .code(0) else { throw TerminalFailure(description: "topology apply: \(applied.errorOutput)") }
        return try await withSpectator(url: host.url) { spectator in
            try await body(Stage(url: host.url, brokerPort: host.broker.running.amqpPort, spectator: spectator))
        }
    }
}
