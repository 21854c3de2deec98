import AMQP
import ModelProviders
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Tasks over REST")
struct TaskTests {
    @Test("are seen right after they were sent, and with their result once they have one")
    func lifeOfATask() async throws {
        try await withAPI { host in
            let id = try await host.submit(#"{"prompt": "Hello", "model": "echo", "metadata": {"ticket": "42"}}"#)
            let queued = try await host.http.send("GET", "/tasks/\(id)")
            #expect(queued.status == 200)
            let before = try queued.json()
            #expect(before["task_id"] == .string(id))
            #expect(before["status"] == "queued")
            #expect(before["result"] == .null)
            #expect(before["lane"] == "normal")

            try await host.withWorker {
                let answer = try await host.http.send("POST", "/tasks/\(id)/wait?timeout=300")
                #expect(answer.status == 200)
                let after = try answer.json()
                #expect(after["status"] == "completed")
                #expect(after["result"]?.stringValue?.contains("Hello") == true)
                #expect(after["attempts"]?.arrayValue?.count == 1)
                #expect(after["metadata"] == ["ticket": "42"])
                let history = try await host.http.send("GET", "/tasks/\(id)/history").json()
                #expect(history["lives"]?[0]?["status"] == "completed")
            }
        }
    }

    @Test("can be waited for as long as the caller likes, and go on after that")
    func waitTimeout() async throws {
        try await withAPI { host in
            let id = try await host.submit()
            let late = try await host.http.send("POST", "/tasks/\(id)/wait?timeout=0.1")
            #expect(late.status == 408)
            #expect(try late.json()["code"] == "wait-timeout")
            #expect(try await host.http.send("GET", "/tasks/\(id)").status == 200)
            #expect(try await host.http.send("POST", "/tasks/\(id)/wait?timeout=x").status == 400)
            #expect(try await host.http.send("POST", "/tasks/nobody/wait").status == 404)
        }
    }

    @Test("of other programs are there as well, and can be filtered and paged through")
    func lists() async throws {
        try await withAPI { host in
            let submitter = TaskSubmitter(host.session.publishing, logger: host.session.logger)
            for number in 1...5 {
                var request = TaskRequest(content: .prompt("x"), model: number.isMultiple(of: 2) ? "even" : "odd")
                request.metadata = ["number": .integer(Int64(number))]
                try await submitter.submit(
                    TaskSubmission(request: request, priority: 5, createdAt: Timestamp(secondsSinceEpoch: 1_800_000_000 + Int64(number))))
            }
            func numbers(_ query: String) async throws -> ([Int64], LoopbackHTTP.Response) {
                let answer = try await host.http.send("GET", "/tasks?" + query)
                let tasks = try answer.json()["tasks"]?.arrayValue ?? []
                return (tasks.compactMap { $0["metadata"]?["number"]?.integerValue }, answer)
            }
            #expect(try await numbers("").0 == [5, 4, 3, 2, 1])
            #expect(try await numbers("model=even").0 == [4, 2])
            #expect(try await numbers("metadata.number=3").0 == [3])
            #expect(try await numbers("status=completed,failed").0 == [])
            #expect(try await numbers("status=pending").0.count == 5)
            let third = Timestamp(secondsSinceEpoch: 1_800_000_003).rfc3339
            #expect(try await numbers("created_after=\(third)").0 == [5, 4, 3])
            #expect(try await numbers("created_before=\(third)").0 == [2, 1])

            let (first, page) = try await numbers("model=odd&limit=2")
            #expect(first == [5, 3])
            let link = try #require(page.headers.first(name: "link"))
            let next = try #require(link.split(separator: "?").last?.split(separator: ">").first)
            let (second, last) = try await numbers(String(next))
            #expect(second == [1])
            #expect(last.headers["link"].isEmpty)

            let entries = (1...11).map { $0.isMultiple(of: 2) ? "metadata.n\($0)=x" : "metadata%5Bn\($0)%5D=x" }
            #expect(try await host.http.send("GET", "/tasks?" + entries.prefix(10).joined(separator: "&")).status == 200)
            let narrow = try await host.http.send("GET", "/tasks?" + entries.joined(separator: "&"))
            #expect(narrow.status == 400)
            #expect(try narrow.json()["errors"]?[0]?["field"] == "metadata")

            let wrong = try await host.http.send("GET", "/tasks?modle=even")
            #expect(wrong.status == 400)
            #expect(try wrong.json()["errors"]?[0]?["detail"]?.stringValue?.contains("model") == true)
        }
    }

    @Test("are cancelled while they wait, with an honest answer")
    func cancelWaiting() async throws {
        try await withAPI { host in
            #expect(try await host.http.send("POST", "/tasks/nobody/cancel").status == 404)
            // Nobody runs yet: the order is kept for whoever comes.
            let orphan = try await host.submit()
            let kept = try await host.http.send("POST", "/tasks/\(orphan)/cancel")
            #expect(kept.status == 202)
            #expect(try kept.json()["status"] == "cancelling")
            try await host.withWorker {
                let ended = try await host.ended(orphan)
                #expect(ended["status"] == "cancelled")
                #expect(ended["attempts"] == [])
                #expect(try await host.http.send("POST", "/tasks/\(orphan)/cancel").status == 200)
                let done = try await host.submit()
                _ = try await host.ended(done)
                #expect(try await host.http.send("POST", "/tasks/\(done)/cancel").status == 409)
                let scheduled = try await host.submit(#"{"prompt": "x", "run_at": "2090-01-01T00:00:00Z"}"#)
                let answer = try await host.http.send("POST", "/tasks/\(scheduled)/cancel")
                // 200 where the worker heard of the order before it got the task.
                #expect(
                    [202: "cancelling", 200: "cancelled"][answer.status] == (try answer.json()["status"]?.stringValue), "\(answer.text)")
            }
        }
    }

    @Test("are cancelled while they run")
    func cancelRunning() async throws {
        try await withAPI { host in
            try await host.withWorker(echo: .init(delay: .seconds(600))) {
                let id = try await host.submit()
                try await eventually("the task runs") {
                    try await host.http.send("GET", "/tasks/\(id)").json()["status"] == "running"
                }
                let answer = try await host.http.send("POST", "/tasks/\(id)/cancel")
                // 202 where the worker took its time; the order stands.
                #expect([200, 202].contains(answer.status))
                #expect(try await host.ended(id)["status"] == "cancelled")
            }
        }
    }

    @Test("are cancelled in their workspace only: another one's with the same id goes on")
    func cancelInOneWorkspace() async throws {
        try await withAPI(workspaces: ["acme"]) { host in
            let acme = try #require(Workspace("acme"))
            try await host.withWorker(echo: .init(delay: .seconds(600)), workspaces: [.default, acme]) {
                let workspaces = ["acme", "default"]
                for workspace in workspaces {
                    try await host.publish("invoice-7", in: workspace)
                    try await eventually("the task of \(workspace) runs") {
                        try await host.http.send("GET", "/tasks/invoice-7?workspace=\(workspace)").json()["status"] == "running"
                    }
                }
                for (workspace, other) in zip(workspaces, ["running", "cancelled"]) {
                    #expect([200, 202].contains(try await host.http.send("POST", "/tasks/invoice-7/cancel?workspace=\(workspace)").status))
                    try await eventually("the task of \(workspace) is cancelled") {
                        try await host.http.send("GET", "/tasks/invoice-7?workspace=\(workspace)").json()["status"] == "cancelled"
                    }
                    let neighbour = workspaces.first { $0 != workspace } ?? ""
                    #expect(
                        try await host.http.send("GET", "/tasks/invoice-7?workspace=\(neighbour)").json()["status"] == .string(other))
                }
            }
        }
    }

    @Test("that were put back and wait are not said to be cancelled: an order is for their first life")
    func cancelLaterLife() async throws {
        try await withAPI { host in
            let later = (Timestamp.now() + .seconds(86_400)).rfc3339
            try await host.publish("again", #"{"prompt": "x", "run_at": "\#(later)"}"#, headers: ["x-moltbot-redrives": .int64(1)])
            try await host.withWorker {
                // While the worker puts it off it has the task in hand.
                try await eventually("no worker has it in hand") {
                    try await host.http.send("POST", "/tasks/again/cancel").json()["code"] == "no-worker"
                }
            }
        }
    }

    @Test("are cancelled while as many requests wait as may", .timeLimit(.minutes(30)))
    func cancelWhileBusy() async throws {
        try await withAPI { host in
            try await host.withWorker(echo: .init(delay: .seconds(600))) {
                let ids = [try await host.submit(), try await host.submit()]
                for id in ids {
                    try await eventually("the task runs") {
                        try await host.http.send("GET", "/tasks/\(id)").json()["status"] == "running"
                    }
                }
                let python = try await PythonEnvironment.interpreter(with: .webSockets)
                try await host.withFullWaitingRoom {
                    let answer = try await host.http.send("POST", "/tasks/\(ids[0])/cancel")
                    // 200 where the worker took its time, and the task has ended before its word.
                    #expect(
                        [202: "cancelling", 200: "cancelled"][answer.status] == (try answer.json()["status"]?.stringValue), "\(answer.text)"
                    )
                    let said = try await runPython(
                        Self.cancelsAndSubmits, ["ws://127.0.0.1:\(host.port)/ws", ids[1]],
                        interpreter: python)
                    #expect(said.contains("cancelling accepted") || said.contains("cancelled accepted"), "\(said)")
                }
                for id in ids {
                    #expect(try await host.ended(id)["status"] == "cancelled")
                }
            }
        }
    }

    private static let cancelsAndSubmits = """
        import asyncio, json, sys, websockets
        async def main():
            async with websockets.connect(sys.argv[1], open_timeout=60) as socket:
                await socket.send(json.dumps({"op": "cancel", "id": 1, "task_id": sys.argv[2]}))
                cancelled = json.loads(await socket.recv())
                await socket.send(json.dumps({"op": "submit", "id": 2, "task": {"prompt": "Hello", "run_at": "2090-01-01T00:00:00Z"}}))
                print(cancelled["status"], json.loads(await socket.recv())["op"])
        asyncio.run(main())
        """

    @Test("are the same on another node, right after the write")
    func anotherNode() async throws {
        try await withAPI { first in
            try await withAPI(on: first.virtualHost) { second in
                for _ in 0..<20 {
                    let id = try await first.submit()
                    #expect(try await second.http.send("GET", "/tasks/\(id)").status == 200)
                }
                let firsts = try await first.http.send("GET", "/tasks?limit=100").json()
                let seconds = try await second.http.send("GET", "/tasks?limit=100").json()
                #expect(firsts == seconds)
            }
        }
    }

    @Test("are never denied by a node that joins, and are the same there once it has caught up")
    func joiningNode() async throws {
        try await withAPI { first in
            let answer = try await first.http.send(
                "POST", "/tasks/batch?concurrency=1",
                json: "[" + Array(repeating: #"{"prompt": "x"}"#, count: 5000).joined(separator: ",") + "]", within: .seconds(60))
            let last = try #require(try answer.json()["task_ids"]?.arrayValue?.last?.stringValue)
            try await withAPI(on: first.virtualHost, waitsUntilReady: false) { second in
                // While it reads what happened before it came it says so; what exists is not unknown to it.
                try await eventually("the node knows the last task") {
                    let status = try await second.http.send("GET", "/tasks/\(last)").status
                    guard [200, 503].contains(status) else { throw UnexpectedAnswer(description: "GET /tasks/\(last): \(status)") }
                    return status == 200
                }
                let firsts = try await first.http.send("GET", "/tasks?limit=100").json()
                #expect(try await second.http.send("GET", "/tasks?limit=100").json() == firsts)
                #expect(try await second.http.send("GET", "/status").status == 200)
            }
        }
    }

    @Test("of every workspace are found by their id as well as in lists, while there are no keys")
    func workspacesWithoutKeys() async throws {
        try await withAPI(workspaces: ["acme"]) { host in
            let acme = try #require(Workspace("acme"))
            let sent = try await host.http.send("POST", "/tasks?workspace=acme", json: #"{"prompt": "x"}"#)
            #expect(sent.status == 202, "\(sent.text)")
            let id = try #require(try sent.json()["task_id"]?.stringValue)
            #expect(try await host.take("moltbot.tasks.acme")?.properties.messageID == id)
            func status(_ method: String, _ path: String) async throws -> Int { try await host.http.send(method, path).status }
            for (method, path) in [
                ("GET", "/tasks/\(id)"), ("GET", "/tasks/\(id)/history"), ("POST", "/tasks/\(id)/wait?timeout=0"),
                ("GET", "/tasks/\(id)/events"),
            ] {
                #expect(try await status(method, path) == 404, "\(method) \(path)")
                guard !path.hasSuffix("/events") else { continue }
                let there = try await status(method, path + (path.contains("?") ? "&" : "?") + "workspace=acme")
                #expect(there == (method == "POST" ? 408 : 200), "\(method) \(path)")
            }
            let listed = try await host.http.send("GET", "/tasks?workspace=acme").json()["tasks"]?.arrayValue ?? []
            #expect(listed.map { $0["workspace"] } == [.string(acme.name)])
            #expect(try await host.http.send("GET", "/tasks").json()["tasks"] == [])
            let batch = try await host.http.send("POST", "/tasks/batch?workspace=acme&concurrency=1", json: #"[{"prompt": "x"}]"#).json()
            let batchID = try #require(batch["batch_id"]?.stringValue)
            #expect(try await status("GET", "/batches/\(batchID)?workspace=acme") == 200)
            #expect(try await status("GET", "/batches/\(batchID)") == 404)
            let model = #"{"name": "theirs", "provider": "echo"}"#
            #expect(try await host.http.send("POST", "/models?workspace=acme", json: model).status == 201)
            #expect(try await status("GET", "/models/theirs?workspace=acme") == 200)
            #expect(try await status("GET", "/models/theirs") == 404)
            #expect(try await status("GET", "/tasks/\(id)?workspace=No!") == 400)
        }
    }

    @Test("of one workspace do not exist for the keys of another")
    func workspaces() async throws {
        try await withAPI(workspaces: ["acme"]) { host in
            let id = try await host.submit()
            let acme = try #require(Workspace("acme"))
            let (_, key) = try await AccessKeys(host.session).create(name: "a", workspace: acme, scopes: [.admin])
            try await eventually("the key counts") { try await host.http.send("GET", "/tasks/\(id)").status == 401 }
            func status(_ method: String, _ path: String) async throws -> Int {
                try await host.http.send(method, path, headers: ["X-API-Key": key.reveal()]).status
            }
            #expect(try await status("GET", "/tasks/\(id)") == 404)
            #expect(try await status("POST", "/tasks/\(id)/cancel") == 404)
            for path in [
                "/tasks", "/tasks/\(id)", "/batches/\(id)", "/status", "/events", "/models", "/models/m", "/webhooks", "/webhooks/w",
            ] {
                #expect(try await status("GET", path + "?workspace=default") == 403, "\(path)")
            }
            #expect(try await status("POST", "/tasks/\(id)/cancel?workspace=default") == 403)
            #expect(try await status("GET", "/tasks?workspace=acme") == 200)
            #expect(try await status("GET", "/tasks") == 200)
        }
    }
}

extension Host {
    /// Sends a task with an id of one's own, as a program without the API does.
    fileprivate func publish(
        _ id: String, in workspace: String = "default", _ json: String = #"{"prompt": "x"}"#, headers: AMQPTable = [:]
    ) async throws {
        try await session.publishing.publish(
            AMQPMessage(
                exchange: "moltbot.tasks", routingKey: "\(workspace).normal",
                properties: AMQPProperties(
                    contentType: "application/json", headers: headers, deliveryMode: .persistent, priority: 5, messageID: id),
                body: ByteBuffer(string: json)))
    }
}
