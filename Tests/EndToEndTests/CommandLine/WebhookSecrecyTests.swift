import AMQP
import MoltBotCore
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Where an endpoint's secrets could come to light: logs, events, dead letters, listings, the registry.
@Suite("moltbot webhooks: what stays secret", .timeLimit(.minutes(30)))
struct WebhookSecrecyTests {
    private static let token = "opensesame-4711"

    @Test func secretsAreSeenByTheReceiverAlone() async throws {
        try await withWebhookTerminal { terminal in
            let events = try await Self.texts(from: "moltbot.events", "raw", terminal)
            try await withModelServer { request in
                // A receiver that tells all it was told.
                let all = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
                return .json(all, status: request.number <= 2 ? 500 : 200)
            } run: { server in
                let added = try await terminal.json(
                    "add", "http://127.0.0.1:\(server.port)/hook", "--header", "Authorization: Bearer \(Self.token)", "--schedule", "1s")
                let id = try #require(added["id"]?.stringValue)
                var secrets = [Self.token, try #require(added["secret"]?.stringValue)]
                var seen: [String] = []
                try await terminal.terminal.withMoltbot(
                    ["relay", "--state-dir", terminal.folder, "--log-level", "trace"], settings: WebhookTerminal.localReceivers
                ) { relay in
                    _ = try await relay.errorOutput.first("a ready relay", within: .seconds(60)) { $0.contains("Relay ready") }
                    let lost = try await terminal.publish(task: "lost")
                    try await events.run { recorder in
                        _ = try await recorder.first("the end of the schedule", within: .seconds(60)) { $0.contains("webhook.exhausted") }
                        secrets.append(try #require(try await terminal.json("rotate-secret", id, "--overlap", "1d")["secret"]?.stringValue))
                        // The relay hears of the new secret a moment after the command.
                        for round in 1...100 where Self.signatures(server).last != 2 {
                            let found = try await terminal.publish(task: "found-\(round)")
                            _ = try await recorder.first("a delivery", within: .seconds(60)) {
                                $0.contains("webhook.delivered") && $0.contains(found.id)
                            }
                        }
                        seen += recorder.elements
                    }
                    for arguments in [["list"], ["show", id], ["attempts", id]] {
                        seen.append(try await terminal.run(arguments).output)
                        seen.append(try await terminal.run(arguments + ["--json"]).output)
                    }
                    seen.append(try await terminal.terminal.moltbot("dead", "show", "\(lost.id)@\(id)", "--json").output)
                    seen += relay.errorOutput.elements + relay.output.elements
                }
                seen += try await Self.registry(terminal)
                for secret in secrets {
                    let key = secret.split(separator: "_").last.map(String.init) ?? secret
                    #expect(!seen.contains { $0.contains(key) }, "\(seen.first { $0.contains(key) } ?? "")")
                }
                let requests = server.requests.elements
                #expect(requests.allSatisfy { $0.headers["authorization"] == ["Bearer \(Self.token)"] })
                // The old secret still signs beside the new one.
                let signatures = Self.signatures(server)
                #expect(signatures.prefix(2) == [1, 1] && signatures.last == 2, "\(signatures)")
            }
        }
    }

    /// How many secrets have signed each request.
    private static func signatures(_ server: ModelServer) -> [Int] {
        server.requests.elements.map { $0.headers["webhook-signature"].first?.split(separator: " ").count ?? 0 }
    }

    /// The bodies of an exchange's messages from now on.
    private struct Texts {
        let terminal: WebhookTerminal
        let queue: String

        func run(_ body: (Recorder<String>) async throws -> Void) async throws {
            let texts = Recorder<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await terminal.terminal.program.read(queue) { texts.record(String(buffer: $0.body)) } }
                defer { group.cancelAll() }
                try await body(texts)
            }
        }
    }

    private static func texts(from exchange: String, _ queue: String, _ terminal: WebhookTerminal) async throws -> Texts {
        try await terminal.terminal.program.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: queue))
            try await channel.queueBind(queue: queue, exchange: exchange, routingKey: "")
        }
        return Texts(terminal: terminal, queue: queue)
    }

    /// What anybody finds in the registry who may read it: the endpoint as it was added and as it was changed.
    private static func registry(_ terminal: WebhookTerminal) async throws -> [String] {
        try await terminal.terminal.program.withChannel { channel in
            let stream = AMQPSubscription(queue: "moltbot.registry", prefetch: 100, arguments: { ["x-stream-offset": "first"] })
            var texts: [String] = []
            for try await delivery in try await channel.deliveries(of: stream) {
                channel.settle(delivery, .ack)
                texts.append(String(buffer: delivery.body))
                if texts.count == 2 { break }
            }
            return texts
        }
    }
}
