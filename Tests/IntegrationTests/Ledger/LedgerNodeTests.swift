import AMQP
import MoltBotCore
import MoltBotLedger
import MoltBotWorker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LedgerNodeTests {
    private let key = #""idempotency_key": "order-42""#

    private func id(_ text: String) throws -> TaskID { try #require(TaskID(text)) }

    @Test func showsTheWholeLifeOfATask() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .failure(503, "busy") : ModelServer.echo(request)
            } run: { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await withLedgerNode(url: host.url, pipeline) { ledger in
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "m", "metadata": {"ticket": "42"}}"#, id: "task")
                        async let waited = ledger.store.waitForEnd(of: id("task"), in: .default, within: .seconds(30))
                        _ = try await pipeline.outcome(of: "task")
                        #expect(try await waited?.end?.outcome?.result == "Hello")
                        try await ledger.waitUntilRead()
                        let history = try #require(try await ledger.store.history(of: id("task"), in: .default))
                        #expect(history.record.status == .completed)
                        #expect(history.record.metadata == ["ticket": "42"])
                        #expect(history.lives[0].attempts.map { $0.error?.type } == ["overloaded", nil])
                    }
                }
            }
        }
    }

    @Test func aWriteIsReadRightAfterIt() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                try await withLedgerNode(url: host.url, pipeline) { ledger in
                    for number in 0..<20 {
                        try await pipeline.publish(
                            #"{"prompt": "later", "run_at": "2099-01-01T00:00:00Z"}"#, id: "task-\(number)")
                        try await ledger.waitUntilRead()
                        #expect(try await ledger.store.task(id("task-\(number)"), in: .default) != nil)
                    }
                }
            }
        }
    }

    @Test func twoTasksWithOneKeyArePaidForOnce() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await withLedgerNode(url: host.url, pipeline) { ledger in
                        try await pipeline.publish(#"{"prompt": "first", "model": "m", \#(key)}"#, id: "first")
                        #expect(try await pipeline.outcome(of: "first").result == "first")
                        try await pipeline.publish(
                            #"{"prompt": "second", "model": "m", \#(key), "metadata": {"n": 2}}"#, id: "second",
                            replyTo: pipeline.replyQueue)
                        let second = try await pipeline.outcome(of: "second")
                        #expect(second.status == .completed)
                        #expect(second.result == "first")
                        #expect(second.isCached)
                        #expect(second.metadata == ["n": 2])
                        #expect(server.requests.count == 1)
                        _ = try await pipeline.replies.first("the second one's reply") { $0.properties.messageID == "second-terminal" }
                        try await ledger.waitUntilRead()
                        #expect(try await ledger.store.task(id("second"), in: .default)?.record.status == .completed)
                    }
                }
            }
        }
    }

    @Test func taskWaitsForAnotherWithItsKeyThatRuns() async throws {
        try await TestBroker.withVirtualHost { host in
            let call = Gate()
            defer { call.open() }
            try await withModelServer {
                ModelServer.echo($0).held(by: call)
            } run: { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await withLedgerNode(url: host.url, pipeline) { _ in
                        for name in ["one", "two", "three"] {
                            try await pipeline.publish(#"{"prompt": "\#(name)", "model": "m", \#(key)}"#, id: name)
                        }
                        try await server.requests.atLeast(1, "call")
                        // One that does not share the key goes its way meanwhile.
                        try await pipeline.publish(#"{"prompt": "other", "model": "echo"}"#, id: "other")
                        _ = try await pipeline.outcome(of: "other")
                        call.open()
                        for name in ["one", "two", "three"] { #expect(try await pipeline.outcome(of: name).result == "one") }
                        #expect(server.requests.count == 1)
                    }
                }
            }
        }
    }

    @Test func failedTaskLeavesItsKeyToTheNext() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .failure(400, "no") : ModelServer.echo(request)
            } run: { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await withLedgerNode(url: host.url, pipeline) { _ in
                        try await pipeline.publish(#"{"prompt": "first", "model": "m", \#(key)}"#, id: "first")
                        #expect(try await pipeline.outcome(of: "first").status == .failed)
                        try await pipeline.publish(#"{"prompt": "second", "model": "m", \#(key)}"#, id: "second")
                        #expect(try await pipeline.outcome(of: "second").result == "second")
                    }
                }
            }
        }
    }

    /// The worker that ended the task is gone, and so is what it remembered.
    @Test func finishedTaskThatComesAgainIsNotCalledAgain() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "once", "model": "m", \#(key)}"#, id: "task")
                    _ = try await pipeline.outcome(of: "task")
                }
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await withLedgerNode(url: host.url, pipeline) { _ in
                        try await pipeline.publish(
                            #"{"prompt": "once", "model": "m", \#(key)}"#, id: "task", replyTo: pipeline.replyQueue)
                        try await pipeline.publish(
                            #"{"prompt": "once", "model": "m"}"#, id: "task", replyTo: pipeline.replyQueue,
                            headers: ["x-moltbot-unsettled": true])
                        _ = try await pipeline.replies.atLeast(3, "replies")
                        #expect(pipeline.replies.elements.dropFirst().allSatisfy { $0.properties.messageID == "task-terminal" })
                        #expect(server.requests.count == 1)
                    }
                }
            }
        }
    }

    @Test func withoutANodeTasksWithKeysRunAllTheSame() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "alone", "model": "m", \#(key)}"#, id: "task")
                    #expect(try await pipeline.outcome(of: "task").result == "alone")
                }
            }
        }
    }
}
