import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct SlotTests {
    @Test("A worker with many slots fills all of them and leaves the other tasks to the broker")
    func manySlots() async throws {
        try await TestBroker.withVirtualHost { host in
            let end = Gate()
            try await withModelServer {
                ModelServer.echo($0).held(by: end)
            } run: { server in
                var configuration = WorkerConfiguration()
                configuration.concurrency = 250
                try await withPipeline(url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    for number in 0..<300 { try await pipeline.publish(#"{"prompt": "x", "model": "m"}"#, id: "task-\(number)") }
                    try await server.requests.atLeast(250, "calls", within: .seconds(60))
                    let depth = try #require(try await depths(host.url).first)
                    #expect(depth.consumers == 3)
                    // A task that no slot is free for waits where every worker can take it, the most urgent first.
                    #expect(depth.ready == 50)
                    #expect(server.requests.count == 250)
                    end.open()
                    for number in 0..<300 { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                    #expect(server.requests.count == 300)
                }
            }
        }
    }

    private func depths(_ url: String) async throws -> [QueueDepths.Depth] {
        let session = BrokerSession(
            configuration: try AMQPConfiguration(urls: url), role: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await session.withConnections {
            try await session.consuming.waitUntilConnected(within: .seconds(300))
            return await QueueDepths(session).depths(of: .default)
        }
    }
}
