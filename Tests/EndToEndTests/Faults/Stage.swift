import AMQP
import Foundation
import PrivateBroker
import TestSupport

/// A virtual host with the topology, a spectator on it, and real `moltbot worker` processes as a test wants them.
struct Stage: Sendable {
    let url: String
    let brokerPort: Int
    let spectator: Spectator

    /// Runs a worker for the length of `body`, which begins when the worker takes tasks.
    /// - Parameter brokerPort: another way to the broker, such as a proxy.
    func withWorker<Result>(
        model: String, brokerPort: Int? = nil, _ options: String..., body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        let address = brokerPort.map { url.replacingOccurrences(of: ":\(self.brokerPort)/", with: ":\($0)/") } ?? url
        return try await withChildProcess(
            try BuildProducts.executable("moltbot"), ["worker", "--concurrency", "20"] + options,
            environment: CommandRun.neutral.merging(
                ["MOLTBOT_BROKER_URL": address, "OPENAI_BASE_URL": model, "OPENAI_API_KEY": "test", "MOLTBOT_LOG_LEVEL": "debug"]) {
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
