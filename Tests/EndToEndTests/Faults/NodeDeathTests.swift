import AMQP
import Foundation
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("An API node that dies", .timeLimit(.minutes(30)))
struct NodeDeathTests {
    private static let key: HTTPHeaders = ["Idempotency-Key": "order-7"]

    @Test(
        "in the middle of POST /tasks leaves one task, however often the request is sent again",
        arguments: [BrokerProxy.Hold.publishes, .confirms])
    func writing(step: BrokerProxy.Hold) async throws {
        try await withStage { stage in
            let folder = try await WorkingFolder()
            let proxy = try await BrokerProxy.start(brokerPort: stage.brokerPort)
            try await stage.withAcceptedTasks { accepted in
                try await stage.withNode(folder, brokerPort: proxy.port) { node, http in
                    // It knows the way to the queue by now; the request that is cut short has nothing more to ask.
                    #expect(
                        try await http.send("POST", "/tasks", headers: ["Idempotency-Key": "first"], json: #"{"prompt": "before"}"#).status
                            == 202)
                    #expect(try await stage.spectator.take("moltbot.tasks.default") != nil)
                    if step == .publishes {
                        // It still asks the ledger whether it knows the key; then the task follows.
                        proxy.hold(step, after: "moltbot.barrier")
                    } else {
                        proxy.hold(step)
                    }
                    async let answer = status(of: http, #"{"prompt": "once"}"#)
                    if step == .publishes {
                        _ = try await proxy.held.first("the task") { $0.contains("order-7") }
                    } else {
                        try await accepted.atLeast(2, "an accepted task")
                    }
                    try node.send(.kill)
                    _ = try await node.waitForExit()
                    // Nothing was promised: the connection ends without an answer.
                    #expect(await answer == nil)
                }
            }
            await proxy.stop()
            let id = try await stage.withNode(folder) { _, http in
                let answers = [
                    try await http.send("POST", "/tasks", headers: Self.key, json: #"{"prompt": "once"}"#),
                    try await http.send("POST", "/tasks", headers: Self.key, json: #"{"prompt": "once"}"#),
                ]
                #expect(answers.map(\.status) == [202, 202])
                #expect(answers[0].headers["idempotent-replayed"] == (step == .confirms ? ["true"] : []))
                #expect(answers[1].headers["idempotent-replayed"] == ["true"])
                #expect(try answers[0].json()["task_id"] == answers[1].json()["task_id"])
                return try #require(try answers[0].json()["task_id"]?.stringValue)
            }
            #expect(try await stage.spectator.take("moltbot.tasks.default")?.properties.messageID == id)
            #expect(try await stage.spectator.take("moltbot.tasks.default") == nil)
            // What was sent with a key is known to a node that has just begun, too.
            try await stage.withNode(try await WorkingFolder()) { _, http in
                let again = try await http.send("POST", "/tasks", headers: Self.key, json: #"{"prompt": "once"}"#)
                #expect(try again.json()["task_id"] == .string(id))
                #expect(try await http.send("POST", "/tasks", headers: Self.key, json: #"{"prompt": "other"}"#).status == 422)
            }
        }
    }

    /// Where a batch is cut short.
    enum Cut: CaseIterable {
        /// The broker has some of its tasks, and nothing of the batch itself.
        case tasks
        /// The broker has the batch; the ledger has not heard of its tasks.
        case acceptance
    }

    @Test("in the middle of POST /tasks/batch leaves one batch, whose tasks are each called once", arguments: Cut.allCases)
    func batch(cut: Cut) async throws {
        try await withStage { stage in
            let count = 30
            let tasks = "[" + (1...count).map { #"{"prompt": "part-\#($0)", "model": "m"}"# }.joined(separator: ",") + "]"
            let send: @Sendable (LoopbackHTTP) async throws -> LoopbackHTTP.Response = {
                try await $0.send("POST", "/tasks/batch?concurrency=5", headers: Self.key, json: tasks)
            }
            let folder = try await WorkingFolder()
            let proxy = try await BrokerProxy.start(brokerPort: stage.brokerPort)
            try await stage.withNode(folder, brokerPort: proxy.port) { node, http in
                switch cut {
                case .tasks: proxy.hold(.confirms, after: "part-7")
                case .acceptance: proxy.hold(.publishes, after: #""concurrency":5"#)
                }
                let isAnswered: @Sendable () async -> Bool = { (try? await send(http)) != nil }
                async let answer = isAnswered()
                try await proxy.held.atLeast(1, "something held back")
                try node.send(.kill)
                _ = try await node.waitForExit()
                #expect(await answer == false)
            }
            await proxy.stop()
            try await withModelServer { server in
                try await stage.withNode(folder) { _, http in
                    let again = try await send(http)
                    #expect(again.status == 202)
                    #expect(again.headers["idempotent-replayed"] == (cut == .acceptance ? ["true"] : []))
                    let ids = (try again.json()["task_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
                    #expect(ids.count == count)
                    try await stage.withWorker(model: server.baseURL) { _ in
                        for id in ids {
                            let outcome = try await stage.spectator.outcome(of: id)
                            #expect(outcome.status == .completed)
                        }
                    }
                    let batch = try #require(try again.json()["batch_id"]?.stringValue)
                    let progress = try await http.send("GET", "/batches/\(batch)").json()
                    #expect(progress["status"] == "ended")
                    #expect(progress["tasks"]?["completed"] == .integer(Int64(count)))
                }
                #expect(server.requests.count == count)
            }
        }
    }

    /// Of the answer to a task with the key; nil when the connection ended without one.
    private func status(of http: LoopbackHTTP, _ json: String) async -> Int? {
        try? await http.send("POST", "/tasks", headers: Self.key, json: json).status
    }

    @Test("while it writes its ledger goes on where the file ends, and agrees with a node that has read everything")
    func projecting() async throws {
        try await withStage { stage in
            let parts = 4
            let size = 100
            let folder = try await WorkingFolder()
            try await stage.withWorker(model: "http://127.0.0.1:9/v1") { _ in
                for part in 0..<parts {
                    try await stage.withNode(folder) { node, _ in
                        async let published: Void = publish(part * size + 1...(part + 1) * size, stage)
                        // Half of them: the file is being written right now.
                        try await stage.spectator.results.atLeast(part * size + size / 2, "results", within: .seconds(60))
                        try node.send(.kill)
                        #expect(try await node.waitForExit() == .signal(9))
                        try await published
                    }
                }
                try await stage.spectator.results.atLeast(parts * size, "results", within: .seconds(60))
            }
            let survivor = try await stage.withNode(folder) { _, http in try await allTasks(http) }
            let fresh = try await stage.withNode(try await WorkingFolder()) { _, http in try await allTasks(http) }
            #expect(survivor == fresh)
            #expect(survivor.count == parts * size)
            #expect(survivor.allSatisfy { $0["status"] == "completed" })
        }
    }

    private func publish(_ numbers: ClosedRange<Int>, _ stage: Stage) async throws {
        for number in numbers { try await stage.spectator.publish(#"{"prompt": "\#(number)", "model": "echo"}"#, id: "task-\(number)") }
    }

    /// As a client reads them, page by page.
    private func allTasks(_ http: LoopbackHTTP) async throws -> [JSONValue] {
        var tasks: [JSONValue] = []
        var cursor: String?
        repeat {
            let page = try await http.send("GET", "/tasks?limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")).json()
            tasks += page["tasks"]?.arrayValue ?? []
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
        return tasks
    }
}
