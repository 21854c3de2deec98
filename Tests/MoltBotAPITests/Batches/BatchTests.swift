import ModelProviders
import MoltBotAPI
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Batches", .timeLimit(.minutes(5)))
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
                        let ended = try await host.http.send("POST", "/tasks/\(id)/wait?timeout=60").json()
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
            #expect(running.elements.max() == 3)
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
                    let ended = try await second.http.send("POST", "/tasks/\(id)/wait?timeout=60").json()
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
}
