import AMQP
import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot webhooks", .timeLimit(.minutes(30)))
struct WebhooksTests {
    @Test func anEndpointLivesFromAddToRemove() async throws {
        try await withWebhookTerminal { terminal in
            #expect(try await terminal.webhooks("list").errorOutput == "No webhook endpoints.")
            let added = try await terminal.json(
                "add", "https://example.org/hook", "--events", "task.completed,task.failed", "--header", "X-Token: geheim", "--rate-limit",
                "100/1m", "--timeout", "10s", "--ordering", "fifo", "--description", "Billing")
            let id = try #require(added["id"]?.stringValue)
            #expect(id.wholeMatch(of: /ep-[a-z2-7]{13}/) != nil)
            let secret = try #require(added["secret"]?.stringValue)
            #expect(secret.hasPrefix("whsec_"))
            #expect(try await terminal.count("moltbot.deliveries.\(id)") == 0)

            let list = try await terminal.webhooks("list").output
            #expect(list.contains(id) && list.contains("https://example.org/hook") && list.contains("task.completed,task.failed"))
            let show = try await terminal.webhooks("show", id).output
            #expect(show.contains("8 attempts within 27 h 35 min 5 s"))
            #expect(show.contains("22 h 4 min 4 s to 33 h 6 min 6 s"))
            #expect(show.contains("rate limit    100/1m"))
            for text in [list, show] { #expect(!text.contains(secret) && !text.contains("geheim")) }

            let updated = try await terminal.json("update", id, "--schedule", "5s,5m", "--no-rate-limit", "--header", "x-token:")
            #expect(updated["schedule"] == [5, 300])
            #expect(updated["rate_limit"] == .null)
            #expect(updated["headers"] == [])
            #expect(updated["description"] == "Billing")
            #expect(updated["secret"] == nil)

            #expect(try await terminal.json("disable", id, "--reason", "moving")["disabled_reason"] == "moving")
            #expect(try await terminal.webhooks("list").output.contains("disabled"))
            #expect(try await terminal.json("enable", id)["enabled"] == true)

            try await terminal.publish("{}", id: "delivery", exchange: "moltbot.deliveries", routingKey: id)
            #expect(try await terminal.json("show", id)["waiting"] == 1)
            let refused = try await terminal.webhooks("remove", id)
            #expect(refused.exit == .code(1))
            #expect(refused.errorOutput.contains("1 deliveries to \(id) wait") && refused.errorOutput.contains("--force"))
            #expect(try await terminal.json("remove", id, "--force")["dropped"] == 1)
            #expect(try await terminal.webhooks("list").errorOutput == "No webhook endpoints.")
            let gone = try await terminal.webhooks("show", id)
            #expect(gone.exit == .code(1))
            #expect(gone.errorOutput.contains("no webhook endpoint \"\(id)\""))
        }
    }

    @Test func aRotatedSecretStaysValidForTheOverlap() async throws {
        try await withWebhookTerminal { terminal in
            let added = try await terminal.json("add", "https://example.org/hook", "--ed25519")
            let id = try #require(added["id"]?.stringValue)
            #expect(added["secret"]?.stringValue?.hasPrefix("whpk_") == true)
            let rotated = try await terminal.json("rotate-secret", id, "--overlap", "7d")
            #expect(rotated["secrets"]?.arrayValue?.count == 2)
            #expect(rotated["secrets"]?[0]?["kind"] == "ed25519")
            #expect(rotated["secrets"]?[0]?["public_key"] == rotated["secret"])
            #expect(rotated["secrets"]?[1]?["fingerprint"] == added["secrets"]?[0]?["fingerprint"])
            #expect(rotated["secrets"]?[1]?["expires_at"]?.stringValue != nil)

            let secret = WebhookSecret.generate()
            let own = try await terminal.webhooks(
                "rotate-secret", id, "--overlap", "0", "--secret-file", "-", "--json", input: secret.text.reveal() + "\n")
            let shown = try JSONValue.parse(own.output)
            #expect(shown["secrets"]?.arrayValue?.count == 1)
            #expect(shown["secrets"]?[0]?["fingerprint"]?.stringValue == secret.fingerprint)
            #expect(!own.output.contains("whsec_"))
            #expect(try await terminal.webhooks("rotate-secret", id, "--overlap", "8d").exit == .code(64))
        }
    }

    @Test(arguments: [
        (["ftp://example.org"], "url: "), (["http://example.org/hook"], "relay.allow_http"), (["https://user:pw@example.org/"], "url: "),
        (["https://127.0.0.1/"], "url: "), (["https://example.org/#a"], "fragment"),
        (["https://example.org", "--events", "task.complete"], "did you mean \"task.completed\"?"),
        (["https://example.org", "--events", "task..x"], "'task..x' is no event type"),
        (["https://example.org", "--header", "Host: a"], "headers.Host"),
        (["https://example.org", "--header", "webhook-id: a"], "webhook-id"),
        (["https://example.org", "--header", "no colon"], "no colon"), (["https://example.org", "--header", "X-A:"], "X-A has no value"),
        (["https://example.org", "--schedule", "soon"], "'soon' is no duration"),
        (["https://example.org", "--rate-limit", "100"], "requests/period"),
        (["https://example.org", "--max-in-flight", "0"], "max_in_flight"),
        (["https://example.org", "--timeout", "2m"], "1 to 60 s"), (["https://example.org", "--ordering", "lifo"], "ordering"),
        (["https://example.org", "--workspace", "No!"], "starting with a letter"),
        (["https://example.org", "--secret-file", "nowhere"], "nowhere can't be read"),
    ])
    func badInputIsNamedBeforeTheBrokerIsAsked(_ arguments: [String], _ words: String) async throws {
        let result = try await runToEnd(
            try BuildProducts.executable("moltbot"), ["webhooks", "add"] + arguments + ["--broker-url", "amqp://127.0.0.1:1"],
            environment: CommandRun.neutral)
        #expect(result.exit == .code(64))
        #expect(result.errorOutput.contains(words), "\(result.errorOutput)")
        #expect(result.output.isEmpty)
    }

    @Test func theKeyIsMadeOnceAndAnotherNodeNeedsACopy() async throws {
        try await withWebhookTerminal { terminal in
            let id = try #require(try await terminal.json("add", "https://example.org/hook")["id"]?.stringValue)
            let other = WebhookTerminal(terminal: terminal.terminal, folder: try await TestRun.makeDirectory("other"))
            for arguments in [["list"], ["show", id], ["update", id, "--max-in-flight", "2"], ["add", "https://example.org/2"]] {
                let result = try await other.run(arguments)
                #expect(result.exit == .code(78), "\(arguments)")
                #expect(result.errorOutput.contains("MOLTBOT_MASTER_KEY"), "\(result.errorOutput)")
            }
            // Whoever has lost the key can still clean up.
            #expect(try await other.webhooks("remove", id).exit == .code(0))
            #expect(try await other.webhooks("add", "https://example.org/2").exit == .code(0))
        }
    }
}
