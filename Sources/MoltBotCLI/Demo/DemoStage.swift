import Foundation
import Logging
import MoltBotMessaging
import PrivateBroker

/// A private broker in a temporary folder, with the topology on it, for the length of a demo.
struct DemoStage: Sendable {
    let folder: String
    let broker: PrivateBroker
    let running: RunningBroker

    /// Sets the stage, runs `body` and clears everything away, also after an error and when cancelled.
    static func run<Result: Sendable>(
        _ context: CommandContext, _ body: @escaping @Sendable (DemoStage) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "moltbot-demo-\(UUID().uuidString)").path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let broker = PrivateBroker(stateDirectory: folder, logger: context.logger)
        do {
            let stage = DemoStage(folder: folder, broker: broker, running: try await broker.start())
            try await stage.applyTopology(context)
            let result = try await body(stage)
            try await clear(broker, folder)
            return result
        } catch {
            try? await clear(broker, folder)
            throw error
        }
    }

    private func applyTopology(_ context: CommandContext) async throws {
        let address = try BrokerAddress(private: running)
        let topology = try TopologyFile.builtIn().topology
        try await context.withManagement(of: address) { management in
            let plan = try await TopologyPlan.make(
                topology: topology, configuration: address.configuration, management: management, logger: context.logger)
            _ = try await plan.apply(configuration: address.configuration, management: management, logger: context.logger)
        }
    }

    /// In a task of its own, because a cancelled one could not wait for the broker's end. Killed rather than stopped: its data goes anyway.
    private static func clear(_ broker: PrivateBroker, _ folder: String) async throws {
        try await Task {
            try await broker.kill()
            try FileManager.default.removeItem(atPath: folder)
        }.value
    }
}
