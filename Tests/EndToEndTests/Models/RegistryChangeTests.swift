import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite("A change of the registry", .timeLimit(.minutes(30)))
struct RegistryChangeTests {
    private static let inFlight = 10
    private static let later = 20

    private static func entry(_ server: ModelServer) throws -> DeploymentEntry {
        try DeploymentEntry(["name": "live", "model": "gpt", "provider": "vllm", "base_url": .string(server.baseURL)])
    }

    @Test func reachesEveryWorkerAtOnceAndDisturbsNoTask() async throws {
        let gate = Gate()
        try await withModelTerminal { terminal in
            try await withModelServer {
                ModelServer.echo($0).held(by: gate)
            } run: { old in
                try await withModelServer { new in
                    try await terminal.withRegistry { registry in
                        try await registry.set(try Self.entry(old))
                        try await terminal.withWorker { first in
                            try await terminal.withWorker { second in
                                try await withSpectator(url: terminal.url) { spectator in
                                    func publish(_ ids: [String]) async throws {
                                        for id in ids { try await spectator.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: id) }
                                    }
                                    let before = (0..<Self.inFlight).map { "before-\($0)" }
                                    let after = (0..<Self.later).map { "after-\($0)" }
                                    try await publish(before)
                                    try await old.requests.atLeast(Self.inFlight, "calls")

                                    let start = ContinuousClock.now
                                    try await registry.set(try Self.entry(new))
                                    for worker in [first, second] {
                                        try await worker.errorOutput.lines(2, containing: "The registry's models were read")
                                    }
                                    let time = ContinuousClock.now - start
                                    print("registry: a change was written, and in force in two workers, within \(time)")
                                    #expect(time < .seconds(20))

                                    try await publish(after)
                                    for id in after { #expect(try await spectator.outcome(of: id).status == .completed) }
                                    #expect(new.requests.count == Self.later)
                                    gate.open()
                                    for id in before {
                                        let outcome = try await spectator.outcome(of: id)
                                        #expect(outcome.status == .completed)
                                        #expect(outcome.attempts.count == 1)
                                    }
                                    #expect(old.requests.count == Self.inFlight)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension ModelTerminal {
    /// Lets a program in this process write to the registry.
    fileprivate func withRegistry<Result: Sendable>(
        _ body: @escaping @Sendable (ModelRegister) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "test", logger: logger)
        return try await session.withConnections { try await body(ModelRegister(session, keys: MasterKeySource(setting: nil, file: nil))) }
    }
}
