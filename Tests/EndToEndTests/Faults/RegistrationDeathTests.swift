import AMQP
import Foundation
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

/// SIGKILL of an API node at each step of a registration: what is registered afterwards is whole or not there, and the client's
/// repetition leaves one of it.
@Suite("An API node that dies while it registers", .timeLimit(.minutes(30)))
struct RegistrationDeathTests {
    private static let key: HTTPHeaders = ["Idempotency-Key": "hook-7"]
    private static let model = #"{"name": "m-kill", "provider": "openai", "api_key": "sk-hidden", "weight": 3}"#
    private static let webhook = #"{"url": "https://example.org/hook-kill", "events": ["task.failed"]}"#

    @Test(
        "a model: it is there if the broker has its entry",
        arguments: [BrokerProxy.Hold.publishes, .confirms, .deliveries])
    func model(step: BrokerProxy.Hold) async throws {
        try await withStage { stage in
            let folder = try await WorkingFolder()
            try await kill(stage, folder, step, naming: "m-kill") { http in
                try await http.send("POST", "/models", json: Self.model)
            }
            let isThere = step != .publishes
            let listed = try await stage.withNode(folder) { _, http in
                #expect(try await http.send("GET", "/models/m-kill").status == (isThere ? 200 : 404))
                #expect(try await http.send("GET", "/models").json()["models"]?.arrayValue?.count == (isThere ? 1 : 0))
                let again = try await http.send("POST", "/models", json: Self.model)
                #expect(again.status == (isThere ? 200 : 201), "\(again.text)")
                return try await http.send("GET", "/models").json()
            }
            #expect(listed["models"]?.arrayValue?.map { $0["weight"]?.doubleValue } == [3])
            #expect(!"\(listed)".contains("sk-hidden"))
            // A node that has just begun says the same.
            try await stage.withNode(try await WorkingFolder()) { _, http in
                let fresh = try await http.send("GET", "/models").json()
                #expect(fresh == listed)
            }
        }
    }

    @Test(
        "a webhook: it is there with its queue if the broker has its entry, and its secret is told to whoever asks again",
        arguments: [BrokerProxy.Hold.declarations, .publishes, .confirms, .deliveries])
    func webhook(step: BrokerProxy.Hold) async throws {
        try await withStage { stage in
            let folder = try await WorkingFolder()
            try await kill(stage, folder, step, naming: step == .declarations ? nil : "hook-kill") { http in
                try await http.send("POST", "/webhooks", headers: Self.key, json: Self.webhook)
            }
            let isThere = step == .confirms || step == .deliveries
            try await stage.withNode(folder) { _, http in
                let before = try await http.send("GET", "/webhooks").json()["webhooks"]?.arrayValue ?? []
                #expect(before.map { $0["url"] } == (isThere ? ["https://example.org/hook-kill"] : []))
                let again = try await http.send("POST", "/webhooks", headers: Self.key, json: Self.webhook)
                #expect(again.status == 201, "\(again.text)")
                #expect(again.headers["idempotent-replayed"] == (isThere ? ["true"] : []))
                #expect(try again.json()["secret"]?.stringValue?.hasPrefix("whsec_") == true)
                let id = try #require(try again.json()["id"]?.stringValue)
                if isThere { #expect(before.map { $0["id"] } == [.string(id)]) }
                let once = try await http.send("POST", "/webhooks", headers: Self.key, json: Self.webhook)
                #expect(try once.json() == again.json())
                #expect(try await http.send("GET", "/webhooks").json()["webhooks"]?.arrayValue?.count == 1)
                #expect(try await http.send("GET", "/webhooks/\(id)").json()["waiting"] == 0)
                // Its queue is there: a look at one that is not closes the channel with an error.
                _ = try await stage.spectator.program.withChannel {
                    try await $0.queueDeclare(AMQPQueue(name: "moltbot.deliveries.\(id)"), passive: true)
                }
                // With another body the key is another request's.
                let other = try await http.send("POST", "/webhooks", headers: Self.key, json: #"{"url": "https://example.org/other"}"#)
                #expect(other.status == 201)
                #expect(other.headers["idempotent-replayed"].isEmpty)
                #expect(try await http.send("GET", "/webhooks").json()["webhooks"]?.arrayValue?.count == 2)
            }
        }
    }

    /// Sends the request to a node whose way to the broker is held up at `step`, and kills the node there.
    /// - Parameter name: what the entry has in it; nil where it is not come to that.
    private func kill(
        _ stage: Stage, _ folder: WorkingFolder, _ step: BrokerProxy.Hold, naming name: String?,
        _ send: @escaping @Sendable (LoopbackHTTP) async throws -> LoopbackHTTP.Response
    ) async throws {
        let proxy = try await BrokerProxy.start(brokerPort: stage.brokerPort)
        try await stage.withNode(folder, brokerPort: proxy.port) { node, http in
            // The registry has been read once: nothing but the request is on the way.
            #expect(try await http.send("GET", "/models").json()["models"] == [])
            switch step {
            case .confirms, .deliveries: proxy.hold(step, after: name ?? "")
            default: proxy.hold(step)
            }
            let isAnswered: @Sendable () async -> Bool = { (try? await send(http)) != nil }
            async let answer = isAnswered()
            if let name, step != .confirms {
                _ = try await proxy.held.first("the entry") { $0.contains(name) }
            } else {
                try await proxy.held.atLeast(1, "something held back")
            }
            try node.send(.kill)
            _ = try await node.waitForExit()
            #expect(await answer == false)
        }
        await proxy.stop()
    }
}
