import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite("The status", .timeLimit(.minutes(30)))
struct StatusTests {
    @Test("tells what waits by lane, and what workers say of their models")
    func status() async throws {
        try await withAPI { host in
            for (priority, count) in [("critical", 1), ("high", 2), ("5", 3)] {
                for _ in 0..<count {
                    _ = try await host.submit(
                        #"{"prompt": "x", "model": "echo", "priority": \#(Int(priority).map { "\($0)" } ?? "\"\(priority)\"")}"#)
                }
            }
            let status = try await host.http.send("GET", "/status").json()
            #expect(status["waiting"] == ["critical": 1, "high": 2, "normal": 3, "low": 0])
            #expect((status["rates"]?["submitted_per_minute"]?.doubleValue ?? 0) > 0)
            // Not while it takes longer than usual to look at the stream's end.
            try await eventually("the ledger is up to date") {
                try await host.http.send("GET", "/status").json()["ledger"]?["current"] == true
            }
            #expect(status["unhealthy"] == [])

            let worker = ControlLine(host.session)
            try await eventually("the news is heard") {
                worker.tell(.models([.opened(deployment: "primary", key: nil, time: .seconds(600), reason: "503 from the provider")]))
                let unhealthy = try await host.http.send("GET", "/status").json()["unhealthy"]?[0]
                return unhealthy?["deployment"] == "primary" && unhealthy?["state"] == "open"
                    && unhealthy?["reason"] == "503 from the provider" && unhealthy?["until"]?.stringValue != nil
            }
        }
    }

    @Test("knows from its start which deployments the workers find out of order")
    func healthAtTheStart() async throws {
        try await TestBroker.withVirtualHost { virtualHost in
            try await withAPI(on: virtualHost) { first in
                let worker = ControlLine(first.session)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await worker.run { message in
                            guard case .modelStatus = message else { return nil }
                            return ControlAnswer(models: [
                                ModelCondition(
                                    model: "m", deployment: "broken", provider: "openai", health: .out, remaining: .seconds(600),
                                    reason: "no route"),
                                ModelCondition(model: "m", deployment: "well", provider: "openai", health: .healthy),
                            ])
                        }
                    }
                    defer { group.cancelAll() }
                    try await worker.prepareToHear()
                    try await withAPI(on: virtualHost) { second in
                        try await eventually("the node has heard of it") {
                            let unhealthy = try await second.http.send("GET", "/status").json()["unhealthy"]?.arrayValue ?? []
                            return unhealthy.map { $0["deployment"] } == ["broken"] && unhealthy[0]["reason"] == "no route"
                        }
                    }
                }
            }
        }
    }
}
