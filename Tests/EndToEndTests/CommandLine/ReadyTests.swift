import PrivateBroker
import TestSupport
import Testing

@Suite("moltbot: when it says that it is ready", .timeLimit(.minutes(30)))
struct ReadyTests {
    private static let user = "reader"

    @Test(arguments: [("worker", "Worker ready", "moltbot.tasks.default"), ("relay", "Relay ready", "moltbot.relay")])
    func onlyOnceItMayReadItsQueue(_ command: String, _ ready: String, _ queue: String) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withTerminal(on: host) { terminal in
                let management = host.broker.management
                let user = "\(Self.user)-\(command)"
                let permissions = "/api/permissions/\(host.name)/\(user)"
                try await management.expectSuccess("PUT", "/api/users/\(user)", json: #"{"password": "secret", "tags": ""}"#)
                // Everything but the one queue.
                let others = #"^(?!\#(queue)$).*"#
                try await management.expectSuccess(
                    "PUT", permissions, json: #"{"configure": ".*", "write": ".*", "read": "\#(others)"}"#)
                let url = "amqp://\(user):secret@127.0.0.1:\(host.broker.running.amqpPort)/\(host.name)"
                let folder = try await TestRun.makeDirectory("state")
                let settings = ["MOLTBOT_BROKER_URL": url, "MOLTBOT_STATE_DIR": folder]
                try await terminal.withMoltbot([command], settings: settings) { process in
                    _ = try await process.errorOutput.first("a refusal", within: .seconds(120)) {
                        $0.contains("grant it the read permission")
                    }
                    #expect(!process.errorOutput.elements.contains { $0.hasPrefix(ready) })
                    try await management.expectSuccess("PUT", permissions, json: #"{"configure": ".*", "write": ".*", "read": ".*"}"#)
                    _ = try await process.errorOutput.first("readiness", within: .seconds(120)) { $0.hasPrefix(ready) }
                }
                try await management.expectSuccess("DELETE", "/api/users/\(user)")
            }
        }
    }
}
