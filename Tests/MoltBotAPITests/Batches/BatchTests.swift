import AMQP
import ModelProviders
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOHTTP1
import TestSupport
import Testing

@Suite("Batches", .timeLimit(.minutes(30)))
struct BatchTests {
    private func tasks(_ count: Int, _ more: String = "") -> String {
        "[" + (0..<count).map { #"{"prompt": "number \#($0)"\#(more)}"# }.joined(separator: ",") + "]"
    }

    @Test("run with no more tasks at once than they allow, over all workers")
    func concurrency() async throws {
        try await withAPI { host in
            let running = Recorder<Int>()
            try await host.withWorker(echo: .init(delay: .milliseconds(150))) {
                try await host.withWorker(echo: .init(delay: .milliseconds(150))) {
                    let answer = try await host.http.send("POST", "/tasks/batch?concurrency=3", json: tasks(12))
                    #expect(answer.status == 202, "\(answer.text)")
                    let body = try answer.json()
                    let ids = (body["task_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
                    #expect(Set(ids).count == 12)
                    let batch = try #require(body["batch_id"]?.stringValue)
                    #expect(answer.headers["location"] == ["/batches/\(batch)"])
                    // Those that wait for their turn are there as well.
                    #expect(try await host.http.send("GET", "/tasks/\(ids[11])").status == 200)
                    for id in ids {
                        let ended = try await host.ended(id)
                        #expect(ended["status"] == "completed")
                        #expect(ended["batch_id"] == .string(batch))
                    }
                    let progress = try await host.http.send("GET", "/batches/\(batch)").json()
                    #expect(progress["status"] == "ended")
                    #expect(progress["total"] == 12)
                    #expect(progress["tasks"]?["completed"] == 12)

                    let all = try await host.http.send("GET", "/tasks?batch_id=\(batch)&limit=100").json()["tasks"]?.arrayValue ?? []
                    let spans = all.compactMap { task -> ClosedRange<Timestamp>? in
                        guard let start = task["started_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
                            let end = task["completed_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
                        else { return nil }
                        return start...end
                    }
                    #expect(spans.count == 12)
                    for span in spans {
                        running.record(spans.count { $0.lowerBound <= span.lowerBound && span.lowerBound < $0.upperBound })
                    }
                }
            }
            // Three when the machine has the time to start them together.
            #expect((2...3).contains(running.elements.max() ?? 0))
        }
    }

    @Test("are taken whole or not at all")
    func invalid() async throws {
        try await withAPI { host in
            let answer = try await host.http.send("POST", "/tasks/batch", json: #"[{"prompt": "a"}, {"prompt": 7}]"#)
            #expect(answer.status == 400)
            #expect(try answer.json()["errors"]?[0]?["field"] == "[1].prompt")
            #expect(try answer.json()["errors"]?[0]?["pointer"] == "#/1/prompt")
            #expect(try await host.http.send("GET", "/tasks").json()["tasks"] == [])
            #expect(try await host.http.send("POST", "/tasks/batch", json: "[]").status == 400)
            #expect(try await host.http.send("POST", "/tasks/batch?concurrency=0", json: tasks(1)).status == 400)
            #expect(try await host.http.send("GET", "/batches/unknown").status == 404)
        }
    }

    @Test("go on where a node has died, and each task runs once")
    func takeover() async throws {
        try await withAPI { second in
            let ids = try await withAPI(on: second.virtualHost) { first in
                let answer = try await first.http.send("POST", "/tasks/batch?concurrency=2", json: tasks(10))
                return (try answer.json()["task_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
            }
            #expect(ids.count == 10)
            let completed = Recorder<String>()
            try await second.withWorker {
                for id in ids {
                    let ended = try await second.ended(id)
                    completed.record(ended["status"]?.stringValue ?? "")
                    #expect(ended["attempts"]?.arrayValue?.count == 1)
                }
            }
            #expect(completed.elements == Array(repeating: "completed", count: 10))
        }
    }

    @Test("of many tasks are answered with all their ids, and repeated with a key they are the same")
    func many() async throws {
        try await withAPI { host in
            let headers: HTTPHeaders = ["Idempotency-Key": "nightly"]
            let first = try await host.http.send("POST", "/tasks/batch", headers: headers, json: tasks(5000), within: .seconds(90))
            #expect(first.status == 202)
            let again = try await host.http.send("POST", "/tasks/batch", headers: headers, json: tasks(5000), within: .seconds(90))
            #expect(again.headers["idempotent-replayed"] == ["true"])
            #expect(try again.json() == first.json())
            let batch = try #require(try first.json()["batch_id"]?.stringValue)
            #expect(try await host.http.send("GET", "/batches/\(batch)").json()["total"] == 5000)
            for (path, count) in [("/tasks/batch", 4999), ("/tasks/batch?concurrency=7", 5000)] {
                let other = try await host.http.send("POST", path, headers: headers, json: tasks(count), within: .seconds(90))
                #expect(other.status == 422)
                #expect(try other.json()["code"] == "idempotency-key-used")
            }
        }
    }

    // MARK: Queues that answer late, or are gone

    @Test("lose nothing while their queue does not answer")
    func slowQueue() async throws {
        try await withAPI { host in
            let answer = try await host.http.send("POST", "/tasks/batch?concurrency=1", json: tasks(4))
            let ids = (try answer.json()["task_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
            try await eventually("one is with the workers") { try await host.waiting(in: "moltbot.tasks.default") == 1 }
            let queue = try #require(try await host.batchQueues().first)
            // RabbitMQ says meanwhile that it is empty. It ends, and the node looks whether there are more.
            try await QuorumQueue(queue, in: host.virtualHost).suspend(forMilliseconds: 3000)
            try await host.withWorker {
                for id in ids {
                    let ended = try await host.ended(id)
                    #expect(ended["status"] == "completed")
                }
            }
            try await eventually("its queue has gone with it") { try await host.batchQueues().isEmpty }
        }
    }

    @Test("whose queue is gone are not taken for done")
    func lostQueue() async throws {
        try await TestBroker.withVirtualHost { virtualHost in
            try await withAPI(on: virtualHost) { host in
                let answer = try await host.http.send("POST", "/tasks/batch?concurrency=1", json: tasks(3))
                let batch = try #require(try answer.json()["batch_id"]?.stringValue)
                try await eventually("one is with the workers") { try await host.waiting(in: "moltbot.tasks.default") == 1 }
                let queue = try #require(try await host.batchQueues().first)
                try await host.session.consuming.withChannel { _ = try await $0.queueDelete(queue) }
                try await host.withWorker {
                    try await eventually("that one has ended") {
                        try await host.http.send("GET", "/batches/\(batch)").json()["tasks"]?["completed"] == 1
                    }
                }
                #expect(try await host.http.send("GET", "/batches/\(batch)").json()["status"] == "running")
            }
            // Another node gets it, and says so as well.
            try await withSpectator(url: virtualHost.url) { spectator in
                let batch = try await spectator.take("moltbot.batches")
                #expect(batch != nil)
            }
        }
    }

    @Test("go on with a ledger whose stream has lost their beginning")
    func rebuiltLedger() async throws {
        try await TestBroker.withVirtualHost { virtualHost in
            let batch = try await withAPI(on: virtualHost) { host in
                let answer = try await host.http.send("POST", "/tasks/batch?concurrency=2", json: tasks(6))
                try await eventually("two are with the workers") { try await host.waiting(in: "moltbot.tasks.default") == 2 }
                return try #require(try answer.json()["batch_id"]?.stringValue)
            }
            try await virtualHost.management.expectSuccess("DELETE", "/api/queues/\(virtualHost.name)/moltbot.ledger")
            try await withAPI(on: virtualHost) { host in
                try await host.withWorker {
                    try await eventually("all have ended") {
                        try await host.http.send("GET", "/batches/\(batch)").json()["tasks"]?["completed"] == 6
                    }
                }
            }
        }
    }

    @Test("that rest keep no other one out")
    func resting() async throws {
        try await withAPI { host in
            let later = (Timestamp.now() + .seconds(86_400)).rfc3339
            for _ in 0..<64 {
                let answer = try await host.http.send(
                    "POST", "/tasks/batch?concurrency=1", json: tasks(2, #", "run_at": "\#(later)""#))
                #expect(answer.status == 202, "\(answer.text)")
            }
            try await eventually("each has one with the workers") { try await host.waiting(in: "moltbot.tasks.default") == 64 }
            #expect(try await host.http.send("POST", "/tasks/batch", json: tasks(10)).status == 202)
            try await eventually("the other one is with the workers") { try await host.waiting(in: "moltbot.tasks.default") == 74 }
        }
    }
}

extension Host {
    /// Messages that nobody has taken.
    fileprivate func waiting(in queue: String) async throws -> Int {
        try await session.consuming.withChannel { try await $0.queueDeclare(AMQPQueue(name: queue), passive: true) }.messageCount
    }

    fileprivate func batchQueues() async throws -> [String] {
        let queues = try await virtualHost.management.send("GET", "/api/queues/\(virtualHost.name)?columns=name").json().arrayValue ?? []
        return queues.compactMap { $0["name"]?.stringValue }.filter { $0.hasPrefix("moltbot.batch.") }
    }
}
