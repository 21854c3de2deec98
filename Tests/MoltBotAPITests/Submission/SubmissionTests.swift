import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOCore
import NIOHTTP1
import PrivateBroker
import TestSupport
import Testing

@Suite("POST /tasks")
struct SubmissionTests {
    @Test("answers 202 for a task that the broker has")
    func accepted() async throws {
        try await withAPI { host in
            let answer = try await host.http.send(
                "POST", "/tasks",
                json:
                    #"{"prompt": "Hello", "model": "echo", "priority": 8, "parameters": {"temperature": 0.5}, "metadata": {"ticket": "42"}}"#
            )
            #expect(answer.status == 202)
            let body = try answer.json()
            let id = try #require(body["task_id"]?.stringValue)
            #expect(body["status"] == "queued")
            let createdAt = try #require(body["created_at"]?.stringValue)
            #expect(answer.headers["location"] == ["/tasks/\(id)"])

            let message = try #require(try await host.take("moltbot.tasks.default"))
            #expect(message.properties.messageID == id)
            #expect(message.properties.priority == 8)
            #expect(message.routingKey == "default.high")
            #expect(message.properties.headers?["x-moltbot-created-at"] == .string(createdAt))
            let task = try TaskRequest.decode(Array(message.body.readableBytesView))
            #expect(task.content == .prompt("Hello"))
            #expect(task.metadata == ["ticket": "42"])
        }
    }

    @Test(
        "takes the priorities of the original MoltBot, and names of lanes",
        arguments: [("20", 10), ("\"critical\"", 10), ("null", 5), ("1", 1)])
    func priorities(given: String, stored: UInt8) async throws {
        try await withAPI { host in
            let answer = try await host.http.send("POST", "/tasks", json: #"{"prompt": "x", "priority": \#(given)}"#)
            #expect(answer.status == 202)
            #expect(try await host.take("moltbot.tasks.default")?.properties.priority == stored)
        }
    }

    @Test("names every wrong field")
    func invalid() async throws {
        try await withAPI { host in
            let answer = try await host.http.send(
                "POST", "/tasks", json: #"{"promt": "x", "priority": 99, "messages": [{"content": "x"}]}"#)
            #expect(answer.status == 400)
            let problem = try answer.json()
            #expect(problem["code"] == "invalid-task")
            let fields = problem["errors"]?.arrayValue?.compactMap { $0["field"]?.stringValue }
            #expect(fields == ["messages[0].role", "promt", "priority"])
            #expect(problem["errors"]?[0]?["pointer"] == "#/messages/0/role")
            #expect(problem["detail"]?.stringValue?.contains("did you mean \"prompt\"") == true)

            let broken = try await host.http.send("POST", "/tasks", json: #"{"prompt": "#)
            #expect(broken.status == 400)
            #expect(try broken.json()["code"] == "invalid-json")
        }
    }

    @Test("gives a repeated request the same task")
    func idempotency() async throws {
        try await withAPI { host in
            func send(_ headers: HTTPHeaders, _ json: String = #"{"prompt": "x"}"#) async throws -> LoopbackHTTP.Response {
                try await host.http.send("POST", "/tasks", headers: headers, json: json)
            }
            let first = try await send(["Idempotency-Key": "\"order 7\""]).json()["task_id"]
            let repeated = try await send(["Idempotency-Key": "order 7"])
            #expect(repeated.headers["idempotent-replayed"] == ["true"])
            let again = try repeated.json()["task_id"]
            let inBody = try await send([:], #"{"prompt": "x", "idempotency_key": "order 7"}"#).json()["task_id"]
            let other = try await send(["Idempotency-Key": "order 8"]).json()["task_id"]
            #expect(first != nil)
            #expect(first == again)
            #expect(first == inBody)
            #expect(first != other)
            #expect(try await send(["Idempotency-Key": "a"], #"{"prompt": "x", "idempotency_key": "b"}"#).status == 400)
            let message = try #require(try await host.take("moltbot.tasks.default"))
            #expect(try TaskRequest.decode(Array(message.body.readableBytesView)).idempotencyKey == "order 7")
            // The repetitions are in no queue: what comes next is the other one.
            let next = try #require(try await host.take("moltbot.tasks.default"))
            #expect(next.properties.messageID == other?.stringValue)
        }
    }

    @Test("answers 422 for another payload with a key that was used, on every node, also when it has just begun")
    func keyOfAnotherPayload() async throws {
        try await withAPI { host in
            let headers: HTTPHeaders = ["Idempotency-Key": "order 9"]
            let first = try await host.http.send(
                "POST", "/tasks", headers: headers, json: #"{"prompt": "x", "metadata": {"a": 1, "b": 2}, "cache": "off"}"#)
            #expect(first.status == 202)
            try await withAPI(on: host.virtualHost) { other in
                for node in [host, other] {
                    // The same payload, written in another way.
                    let same = try await node.http.send(
                        "POST", "/tasks", headers: headers, json: #"{"metadata": {"b": 2, "a": 1}, "prompt": "x", "priority": "normal"}"#)
                    #expect(same.status == 202)
                    #expect(try same.json()["task_id"] == first.json()["task_id"])
                    for json in [
                        #"{"prompt": "y", "metadata": {"a": 1, "b": 2}}"#, #"{"prompt": "x", "metadata": {"a": 1, "b": 2}, "priority": 9}"#,
                    ] {
                        let refused = try await node.http.send("POST", "/tasks", headers: headers, json: json)
                        #expect(refused.status == 422)
                        #expect(try refused.json()["code"] == "idempotency-key-used")
                    }
                }
            }
            #expect(try await host.take("moltbot.tasks.default") != nil)
            #expect(try await host.take("moltbot.tasks.default") == nil)
        }
    }

    @Test("takes a task once that comes many times at the same moment")
    func keyManyTimesAtOnce() async throws {
        try await withAPI { host in
            let answers = try await withThrowingTaskGroup(of: LoopbackHTTP.Response.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await host.http.send("POST", "/tasks", headers: ["Idempotency-Key": "once"], json: #"{"prompt": "x"}"#)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 202 })
            #expect(Set(try answers.map { try $0.json()["task_id"]?.stringValue }).count == 1)
            #expect(answers.filter { $0.headers["idempotent-replayed"].isEmpty }.count == 1)
            #expect(try await host.take("moltbot.tasks.default") != nil)
            #expect(try await host.take("moltbot.tasks.default") == nil)
        }
    }

    @Test("takes one of two payloads that come with one key many times at the same moment")
    func keyOfTwoPayloadsAtOnce() async throws {
        try await withAPI { host in
            let answers = try await withThrowingTaskGroup(of: (prompt: Int, status: Int).self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let json = #"{"prompt": "number \#(number % 2)"}"#
                        return (
                            number % 2, try await host.http.send("POST", "/tasks", headers: ["Idempotency-Key": "once"], json: json).status
                        )
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let taken = Set(answers.filter { $0.status == 202 }.map(\.prompt))
            #expect(taken.count == 1)
            #expect(answers.allSatisfy { $0.status == (taken.contains($0.prompt) ? 202 : 422) }, "\(answers)")
            #expect(try await host.take("moltbot.tasks.default") != nil)
            #expect(try await host.take("moltbot.tasks.default") == nil)
        }
    }

    @Test("tells one of two clients that use a key at the same moment on two nodes")
    func keyAtTheSameMoment() async throws {
        try await withAPI { first in
            try await withAPI(on: first.virtualHost) { second in
                for round in 1...5 {
                    let headers: HTTPHeaders = ["Idempotency-Key": "round \(round)"]
                    async let one = first.http.send("POST", "/tasks", headers: headers, json: #"{"prompt": "one"}"#)
                    async let two = second.http.send("POST", "/tasks", headers: headers, json: #"{"prompt": "two"}"#)
                    let statuses = [try await one.status, try await two.status]
                    #expect(statuses.sorted() == [202, 422])
                }
            }
        }
    }

    @Test("answers 429 when too many wait for the broker")
    func pressure() async throws {
        var configuration = APIConfiguration()
        configuration.maximumUnconfirmed = 0
        try await withAPI(configuration) { host in
            let answer = try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#)
            #expect(answer.status == 429)
            #expect(answer.headers["retry-after"] == ["1"])
        }
    }

    @Test("answers 503 while the broker is away, and 202 when it is back")
    func brokerAway() async throws {
        try await TestBroker.withOwnBroker { broker in
            try await broker.withVirtualHost { virtualHost in
                try await withAPI(on: virtualHost, patience: .seconds(5)) { host in
                    try await broker.broker.stop()
                    let refused = try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#)
                    #expect(refused.status == 503)
                    #expect(refused.headers["retry-after"].count == 1)
                    #expect(try await host.http.send("GET", "/health/ready").status == 503)
                    #expect(try await host.http.send("GET", "/health").status == 200)
                    _ = try await broker.broker.start()
                    try await eventually("the node takes tasks again") {
                        try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#).status == 202
                    }
                }
            }
        }
    }
}
