import Foundation
import MoltBot

/// Runs one of the examples in this folder:
///
///     MOLTBOT_BROKER_URL=$(moltbot broker url) swift run examples basic "What is six times seven?"
///
/// Optional: MOLTBOT_MODEL names the model (default: echo).
@main enum Examples {
    private static let all: [String: @Sendable ([String]) async throws -> Void] = [
        "basic": Basic.run, "callbacks": Callbacks.run, "webhook": WebhookRegistration.run, "batch": Batch.run,
        "parameters": CustomParameters.run, "api-client": APIClient.run,
    ]

    static let brokerURL = environment["MOLTBOT_BROKER_URL"] ?? "amqp://localhost"
    static let model = environment["MOLTBOT_MODEL"] ?? "echo"
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    static func main() async {
        guard let name = CommandLine.arguments.dropFirst().first, let example = all[name] else {
            fail("usage: swift run examples \(all.keys.sorted().joined(separator: "|")) [ARGUMENTS]", 64)
        }
        do {
            try await example(Array(CommandLine.arguments.dropFirst(2)))
        } catch {
            fail("\(error)", 1)
        }
    }

    private static func fail(_ message: String, _ status: Int32) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(status)
    }
}
