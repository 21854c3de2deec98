import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct CancelTests {
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

                    let answer = try #require(
                        try await ask(.cancel(["running", "waiting"].compactMap { TaskID($0) }, of: nil), url: host.url))
                    // The broker's copy of the order may have ended the running one, and let the other one run, before the question is read.
                    let (running, marked) = (answer.running.map(\.rawValue), answer.marked.map(\.rawValue))
                    #expect(running == ["running"] ? marked == ["waiting"] : !marked.contains("running"), "\(running), \(marked)")

                    #expect(try await pipeline.outcome(of: "running").status == .cancelled)
                    #expect(try await pipeline.outcome(of: "waiting").status == .cancelled)
                    // The provider sees the connection close: a cancelled call costs nothing more.
                    try await server.abandoned.atLeast(1, "closed connection")
                    #expect(server.requests.count == 1)
                }
            }
        }
    }

    @Test func workerThatStartsLaterKnowsWhatWasCancelled() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(503, "busy")
            } run: { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "again", "model": "m"}"#, id: "on-the-ladder")
                    _ = try await pipeline.events.first("the news that it is tried again") { $0.properties.type == "task.retrying" }
                }
                try await withSpectator(url: host.url) { sender in
                    let runAt = (Timestamp.now() + .seconds(1)).rfc3339
                    try await sender.publish(#"{"prompt": "x", "model": "m"}"#, id: "waiting")
                    try await sender.publish(#"{"prompt": "x", "model": "m", "run_at": "\#(runAt)"}"#, id: "scheduled")
                    try await sender.publish(#"{"prompt": "x", "model": "echo"}"#, id: "other")
                }
                let ids = ["on-the-ladder", "waiting", "scheduled"]
                #expect(
                    try await ask(.cancel(ids.compactMap { TaskID($0) }, of: .default), url: host.url, within: .milliseconds(100)) == nil)
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    for id in ids { #expect(try await pipeline.outcome(of: id).status == .cancelled, "\(id)") }
                    #expect(try await pipeline.outcome(of: "other").status == .completed)
                    // A person who puts it back wants it to run.
                    try await pipeline.publish(
                        #"{"prompt": "x", "model": "echo"}"#, id: "waiting", headers: ["x-moltbot-redrives": 1])
                    _ = try await pipeline.events.first("the end of the second life") { $0.properties.messageID == "waiting-terminal-1" }
                    #expect(pipeline.events.elements.last { $0.properties.correlationID == "waiting" }?.properties.type == "task.completed")
                }
                #expect(server.requests.count == 1)
            }
        }
    }

    /// Asks as `moltbot tasks cancel` does, from a process of its own.
    /// - Returns: the first answer; nil when there was none in time.
    private func ask(_ message: ControlMessage, url: String, within window: Duration = .seconds(10)) async throws -> ControlAnswer? {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "cli", logger: logger)
        return try await session.withConnections {
            let line = ControlLine(session)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await line.run() }
                defer { group.cancelAll() }
                return try await line.ask(message, within: window) { !$0.isEmpty }.first
            }
        }
    }
}
