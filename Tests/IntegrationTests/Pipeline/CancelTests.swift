import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CancelTests {
    @Test func cancelEndsARunningCallAndAWaitingTask() async throws {
        try await TestBroker.withVirtualHost { host in
            let never = Gate()
            try await withModelServer {
                ModelServer.echo($0).held(by: never)
            } run: { server in
                var configuration = WorkerConfiguration()
                configuration.concurrency = 1
                try await withPipeline(url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    try await pipeline.publish(#"{"prompt": "runs", "model": "m"}"#, id: "running")
                    try await server.requests.atLeast(1, "call")
                    try await pipeline.publish(#"{"prompt": "waits", "model": "m"}"#, id: "waiting")

                    let answer = try await ask(.cancel(["running", "waiting"].compactMap { TaskID($0) }), url: host.url)
                    #expect(answer.running.map(\.rawValue) == ["running"])
                    #expect(answer.marked.map(\.rawValue) == ["waiting"])

                    #expect(try await pipeline.outcome(of: "running").status == .cancelled)
                    #expect(try await pipeline.outcome(of: "waiting").status == .cancelled)
                    // The provider sees the connection close: a cancelled call costs nothing more.
                    try await server.abandoned.atLeast(1, "closed connection")
                    #expect(server.requests.count == 1)
                }
            }
        }
    }

    /// Asks as `moltbot tasks cancel` does, from a process of its own.
    private func ask(_ message: ControlMessage, url: String) async throws -> ControlAnswer {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "cli", logger: logger)
        return try await session.withConnections {
            let line = ControlLine(session)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await line.run() }
                defer { group.cancelAll() }
                let answers = try await line.ask(message, within: .seconds(10)) { !$0.isEmpty }
                return try #require(answers.first)
            }
        }
    }
}
