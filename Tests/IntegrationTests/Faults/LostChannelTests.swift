import AMQP
import MoltBotCore
import MoltBotWorker
import NIOCore
import PrivateBroker
import TestSupport
import Testing

/// Calls outlive the channel that their tasks came on, and the broker counts only what the present one holds.
@Suite(.timeLimit(.minutes(30))) struct LostChannelTests {
    @Test func callsOfALostChannelKeepTheirSlots() async throws {
        try await TestBroker.withVirtualHost { host in
            let calls = Gate()
            defer { calls.open() }
            try await withModelServer { request in
                request.number <= 2 ? ModelServer.echo(request).held(by: calls) : ModelServer.echo(request)
            } run: { server in
                var configuration = WorkerConfiguration()
                configuration.concurrency = 2
                try await withPipeline(url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    let ids = ["first", "second", "third", "fourth"]
                    for id in ids.prefix(2) { try await pipeline.publish(#"{"prompt": "x", "model": "m"}"#, id: id) }
                    try await server.requests.atLeast(2, "call")
                    try await pipeline.replaceTaskQueue()
                    for id in ids.suffix(2) { try await pipeline.publish(#"{"prompt": "x", "model": "m"}"#, id: id) }
                    try await pipeline.waitUntilTaken(from: "moltbot.tasks.default")
                    // Answered behind them on the same connection.
                    #expect(try await pipeline.running(["third", "fourth"]) == [])
                    #expect(server.requests.count == 2)
                    calls.open()
                    for id in ids { #expect(try await pipeline.outcome(of: id).status == .completed) }
                    #expect(server.requests.count == 4)
                }
            }
        }
    }

    @Test func tasksThatComeAgainWhileTheyRunTakeNoSlots() async throws {
        try await TestBroker.withVirtualHost { host in
            let calls = [Gate(), Gate()]
            defer { for call in calls { call.open() } }
            try await withModelServer { request in
                request.number <= 2 ? ModelServer.echo(request).held(by: calls[request.number - 1]) : ModelServer.echo(request)
            } run: { server in
                var configuration = WorkerConfiguration()
                configuration.concurrency = 2
                try await withPipeline(url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    let ids = ["first", "second", "third"]
                    for id in ids { try await pipeline.publish(#"{"prompt": "x", "model": "m"}"#, id: id) }
                    try await server.requests.atLeast(2, "call")
                    #expect(try await host.breakConnection(named: "moltbot-worker-consume"))
                    calls[0].open()
                    // In the slot of the call that has ended, beside the one that goes on.
                    #expect(try await pipeline.outcome(of: "third").status == .completed)
                    calls[1].open()
                    for id in ids { #expect(try await pipeline.outcome(of: id).status == .completed) }
                    #expect(server.requests.count == 3)
                }
            }
        }
    }
}

extension Spectator {
    fileprivate func waitUntilTaken(from queue: String) async throws {
        try await eventually("the worker has taken what was in \(queue)") {
            try await program.withChannel { try await $0.queueDeclare(AMQPQueue(name: queue), passive: true).messageCount } == 0
        }
    }

    /// The worker's answer to the question which of these tasks it runs.
    fileprivate func running(_ ids: [String]) async throws -> [String?] {
        try await program.publish(
            AMQPMessage(
                exchange: "moltbot.control", routingKey: "",
                properties: AMQPProperties(
                    contentType: "application/json", correlationID: "question", replyTo: replyQueue, type: "moltbot.control.holding"),
                body: ByteBuffer(string: #"{"task_ids": ["\#(ids.joined(separator: #"", ""#))"]}"#)))
        let answer = try await replies.first("the worker's answer") { $0.properties.correlationID == "question" }
        let body = try JSONValue.parse(String(buffer: answer.body))
        return try #require(body["running"]?.arrayValue).map(\.stringValue)
    }
}
