import AMQP
import MoltBotAPI
import MoltBotCore
import NIOCore
import NIOHTTP1
import PrivateBroker
import TestSupport
import Testing

/// A 202 is never more than the broker has confirmed, whatever ails it.
@Suite("POST /tasks to a broker in trouble", .timeLimit(.minutes(30)))
struct PressureTests {
    @Test("answers 429 while the queue is full, and the refused task is not there when it is sent again")
    func fullQueue() async throws {
        try await withAPI { host in
            let path = "/api/policies/\(host.virtualHost.name)/full"
            try await host.virtualHost.management.expectSuccess(
                "PUT", path,
                json: #"""
                    {"pattern": "^moltbot\\.tasks\\.", "definition": {"max-length": 3, "overflow": "reject-publish"}, "priority": 10,
                     "apply-to": "queues"}
                    """#)
            // The policy is in force a moment after its answer.
            let accepted = Recorder<String>()
            let refused = Recorder<LoopbackHTTP.Response>()
            try await eventually("the queue is full") {
                let answer = try await host.http.send(
                    "POST", "/tasks", headers: ["Idempotency-Key": "\(accepted.count)"], json: #"{"prompt": "x"}"#)
                guard answer.status == 202 else {
                    refused.record(answer)
                    return true
                }
                accepted.record(try answer.json()["task_id"]?.stringValue ?? "")
                return false
            }
            let refusal = try #require(refused.elements.first)
            #expect(refusal.status == 429)
            #expect(try refusal.json()["code"] == "queue-full")
            #expect(refusal.headers["retry-after"] == ["5"])
            #expect(Set(try await host.taskIDs()) == Set(accepted.elements))
            // Sent again it is refused again: an answer that it was taken before would be a lie.
            let key: HTTPHeaders = ["Idempotency-Key": "\(accepted.count)"]
            #expect(try await host.http.send("POST", "/tasks", headers: key, json: #"{"prompt": "x"}"#).status == 429)
            try await host.virtualHost.management.expectSuccess("DELETE", path)
            try await eventually("there is room") {
                try await host.http.send("POST", "/tasks", headers: key, json: #"{"prompt": "x"}"#).status == 202
            }
            var waiting = 0
            while try await host.take("moltbot.tasks.default") != nil { waiting += 1 }
            #expect(waiting == accepted.count + 1)
        }
    }

    @Test("answers 503 during an alarm, and 202 after it")
    func alarm() async throws {
        try await TestBroker.withOwnBroker { broker in
            try await broker.withVirtualHost { virtualHost in
                try await withAPI(on: virtualHost, patience: .seconds(5)) { host in
                    _ = try await broker.broker.control(["set_vm_memory_high_watermark", "0"])
                    // The first may be on its way when the alarm is told.
                    for _ in 1...3 {
                        let refused = try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#)
                        #expect(refused.status == 503)
                        #expect(refused.headers["retry-after"].count == 1)
                    }
                    #expect(try await host.http.send("GET", "/health/ready").status == 503)
                    _ = try await broker.broker.control(["set_vm_memory_high_watermark", "0.4"])
                    try await eventually("the alarm is over") {
                        try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#).status == 202
                    }
                }
            }
        }
    }

    @Test("answers 503 while the broker stands still: nothing is sent again that may have been taken, and one task comes of all tries")
    func frozen() async throws {
        try await TestBroker.withOwnBroker { broker in
            try await broker.withVirtualHost { virtualHost in
                try await withAPI(on: virtualHost, patience: .seconds(5)) { host in
                    let key: HTTPHeaders = ["Idempotency-Key": "frozen"]
                    // The node knows the way to the queue.
                    #expect(try await host.http.send("POST", "/tasks", json: #"{"prompt": "before"}"#).status == 202)
                    #expect(try await host.take("moltbot.tasks.default") != nil)
                    try await broker.broker.pause()
                    // Whether a request with the key was taken before, the ledger can't say now; unless it has just read that none was.
                    let unsure = try await host.http.send("POST", "/tasks", headers: key, json: #"{"prompt": "x"}"#)
                    #expect(unsure.status == 503)
                    let code = try unsure.json()["code"]?.stringValue
                    #expect(["ledger-behind", "unknown-outcome"].contains(code), "\(code ?? "none")")
                    #expect(unsure.headers["retry-after"].count == 1)
                    let sent = try await host.http.send("POST", "/tasks", json: #"{"prompt": "no key"}"#)
                    #expect(sent.status == 503)
                    #expect(try sent.json()["code"] == "unknown-outcome")
                    try broker.broker.resume()
                    // The one without a key may have been stored, as it was told.
                    try await eventually("the broker has the task without a key, or the connection is made anew") {
                        try await host.http.send("GET", "/health/ready").status == 200
                    }
                    try await eventually("the broker goes on") {
                        try await host.http.send("POST", "/tasks", headers: key, json: #"{"prompt": "x"}"#).status == 202
                    }
                    var keyed = 0
                    while let task = try await host.take("moltbot.tasks.default") {
                        if !String(buffer: task.body).contains("no key") { keyed += 1 }
                    }
                    #expect(keyed == 1)
                }
            }
        }
    }
}
