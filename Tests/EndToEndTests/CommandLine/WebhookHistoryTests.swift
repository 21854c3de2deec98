import MoltBotCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// What a person finds out, and puts right, after a receiver was broken.
@Suite("moltbot webhooks attempts, retry, test", .timeLimit(.minutes(30)))
struct WebhookHistoryTests {
    @Test func aTestTellsWhatTheReceiverAnswers() async throws {
        try await withWebhookTerminal { terminal in
            try await withModelServer { request in
                switch request.number {
                case 1: .json("thanks")
                case 2: .json("sorry", status: 503)
                default: .json("gone", status: 410)
                }
            } run: { server in
                // It wants other events, and gets the test all the same.
                let id = try await terminal.add("http://127.0.0.1:\(server.port)/hook", "--events", "task.failed", "--timeout", "60s")
                let other = try await terminal.add("http://127.0.0.1:\(server.port)/other", "--events", "*")

                let alone = try await terminal.webhooks("test", id)
                #expect(alone.exit == .code(69))
                #expect(alone.errorOutput.contains("no relay consumes the events"))
                #expect(try await terminal.count("moltbot.deliveries.\(id)") == 0)

                try await terminal.withRelay { _ in
                    let good = try await terminal.webhooks("test", id)
                    #expect(good.exit == .code(0), "\(good.errorOutput)")
                    #expect(good.output.contains("status    200") && good.output.contains("answer    thanks"))
                    let request = try #require(server.requests.elements.first)
                    #expect(request.uri == "/hook")
                    let body = try JSONValue.parse(request.text)
                    #expect(body["type"] == "webhook.test")
                    #expect(body["data"]?["endpoint_id"]?.stringValue == id)
                    #expect(request.headers["webhook-signature"].count == 1)

                    let bad = try await terminal.webhooks("test", id, "--json")
                    #expect(bad.exit == .code(1))
                    let attempt = try JSONValue.parse(bad.output)
                    #expect(attempt["status"] == 503)
                    #expect(attempt["response"] == "sorry")
                    // Tried once, and no dead letter of it.
                    #expect(attempt["next_attempt_at"] == .null)
                    #expect(try await terminal.count("moltbot.dead") == 0)
                    #expect(server.requests.elements.allSatisfy { $0.uri == "/hook" })

                    try await terminal.withNews { news in
                        #expect(try await terminal.webhooks("test", id).exit == .code(1))
                        _ = try await news.first("the end of the endpoint") { $0.kind == .endpointDisabled }
                    }
                    let disabled = try await terminal.webhooks("test", id)
                    #expect(disabled.exit == .code(1))
                    #expect(disabled.errorOutput.contains("410") && disabled.errorOutput.contains("moltbot webhooks enable \(id)"))
                    let listed = try await terminal.webhooks("attempts", other)
                    #expect(listed.errorOutput.contains("No attempts since"))
                }
            }
        }
    }

    @Test func whatABrokenReceiverMissedIsFoundAndDeliveredAgain() async throws {
        try await withWebhookTerminal { terminal in
            let isBroken = Mutex(true)
            try await withModelServer { _ in
                isBroken.withLock(\.self) ? .json("no", status: 500) : .json("{}")
            } run: { server in
                let id = try await terminal.add("http://127.0.0.1:\(server.port)/hook", "--schedule", "1s")
                try await terminal.withRelay { _ in
                    try await terminal.withNews { news in
                        let lost = try await terminal.publish(task: "lost")
                        _ = try await news.first("the end of the schedule") { $0.kind == .exhausted && $0.eventID == lost.id }

                        let rows = try await terminal.run(["attempts", id, "--failed", "--json"]).output.split(separator: "\n")
                        let attempts = try rows.map { try JSONValue.parse(String($0)) }
                        #expect(attempts.map { $0["type"]?.stringValue } == ["webhook.exhausted", "webhook.attempt_failed"])
                        #expect(attempts.map { $0["attempt"] } == [2, 1])
                        #expect(attempts.allSatisfy { $0["status"] == 500 && $0["event_id"]?.stringValue == lost.id })
                        #expect(attempts[1]["next_attempt_at"]?.stringValue != nil)
                        let table = try await terminal.webhooks("attempts", id, "--limit", "1")
                        #expect(table.output.contains("given up") && !table.output.contains("next 20"))
                        #expect(table.errorOutput == "1 older ones; see them with a higher --limit.")

                        let dead = try await terminal.terminal.moltbot("dead", "show", "\(lost.id)@\(id)", "--json")
                        let letter = try JSONValue.parse(dead.output)
                        #expect(letter["reason"]?.stringValue?.hasPrefix("webhook_exhausted: 2 attempts failed") == true)
                        #expect(letter["webhook"]?["endpoint_id"]?.stringValue == id)
                        #expect(letter["webhook"]?["attempts"]?.arrayValue?.map { $0["status"] } == [500, 500])

                        isBroken.withLock { $0 = false }
                        let rehearsal = try await terminal.json("retry", id, "--since", "1h", "--dry-run")
                        #expect(rehearsal["deliveries"] == 1)
                        try await terminal.reaches(1, in: "moltbot.dead")
                        let retried = try await terminal.json("retry", id, "--since", "1h")
                        #expect(retried["deliveries"] == 1)
                        #expect(retried["dead_letters"] == 1)
                        let delivered = try await news.first("the delivery") { $0.kind == .delivered }
                        #expect(delivered.eventID == lost.id)
                        #expect(delivered.attempt == 1)
                        #expect(Set(server.requests.elements.map { $0.headers["webhook-id"].first }) == [lost.id])
                        #expect(try await terminal.count("moltbot.dead") == 0)

                        // Nothing is left to do, unless all of it or one by name is wanted.
                        #expect(try await terminal.json("retry", id, "--since", "1h")["deliveries"] == 0)
                        #expect(try await terminal.json("retry", id, "--since", "1h", "--all")["deliveries"] == 1)
                        #expect(try await terminal.json("retry", id, "--event", lost.id)["deliveries"] == 1)
                        try await server.requests.atLeast(5, "requests")
                    }
                }
                let unknown = try await terminal.webhooks("retry", id, "--event", "nothing")
                #expect(unknown.exit == .code(1))
                #expect(unknown.errorOutput.contains("no event \"nothing\""))
            }
        }
    }

    @Test func eventsThatCameWithoutARelayOrBeforeTheEndpointAreDelivered() async throws {
        try await withWebhookTerminal { terminal in
            try await withModelServer { _ in
                .json("{}")
            } run: { server in
                let before = try await terminal.publish(task: "before")
                try await terminal.publish(.failed, task: "unwanted")
                let id = try await terminal.add("http://127.0.0.1:\(server.port)/hook", "--events", "task.completed")
                let retried = try await terminal.json("retry", id, "--since", "1h")
                #expect(retried["deliveries"] == 1)
                // It waits in the queue now, and a second command leaves it there.
                let again = try await terminal.json("retry", id, "--since", "1h")
                #expect(again["deliveries"] == 0)
                #expect(again["waiting"] == 1)
                let attempts = try await terminal.webhooks("attempts", id)
                #expect(attempts.errorOutput.contains("1 delivery waits in its queue: no relay runs"), "\(attempts.errorOutput)")
                #expect(try await terminal.webhooks("disable", id, "--reason", "moving").exit == .code(0))
                for command in ["attempts", "show"] {
                    let told = try await terminal.webhooks(command, id)
                    #expect(told.errorOutput.contains("1 delivery waits in its queue: the endpoint is disabled: moving"))
                }
                #expect(try await terminal.webhooks("enable", id).exit == .code(0))
                try await terminal.withRelay { _ in
                    try await server.requests.atLeast(1, "request")
                    #expect(server.requests.elements.first?.headers["webhook-id"].first == before.id)
                }
            }
        }
    }

    @Test func oneEventThatDiedOnItsWayToTwoEndpointsIsTwoDeadLetters() async throws {
        try await withWebhookTerminal { terminal in
            let isBroken = Mutex(true)
            try await withModelServer { _ in
                isBroken.withLock(\.self) ? .json("no", status: 500) : .json("{}")
            } run: { server in
                let ids = [
                    try await terminal.add("http://127.0.0.1:\(server.port)/a", "--schedule", "none"),
                    try await terminal.add("http://127.0.0.1:\(server.port)/b", "--schedule", "none"),
                ]
                try await terminal.withRelay { _ in
                    try await terminal.withNews { news in
                        let event = try await terminal.publish(task: "lost")
                        try await news.atLeast(2, "exhausted delivery")
                        let list = try await terminal.terminal.moltbot("dead", "list")
                        for id in ids { #expect(list.output.contains("\(event.id)@\(id)")) }
                        isBroken.withLock { $0 = false }
                        let retry = try await terminal.terminal.moltbot("dead", "retry", "--all")
                        #expect(retry.exit == .code(0), "\(retry.errorOutput)")
                        try await news.atLeast(4, "news")
                        #expect(news.elements.suffix(2).map(\.kind) == [.delivered, .delivered])
                        #expect(Set(news.elements.suffix(2).map(\.endpointID)) == Set(ids))
                    }
                }
            }
        }
    }

    @Test(arguments: [
        (["retry", "ep-a"], "--event"), (["retry", "ep-a", "--event", "x", "--all"], "--since"),
        (["retry", "ep-a", "--since", "1h", "--until", "2h"], "--since is later than --until"),
        (["retry", "ep-a", "--since", "yesterday"], "'yesterday' is no time"), (["attempts", "ep-a", "--limit", "0"], "--limit is 1 to"),
    ])
    func badInputIsNamedBeforeTheBrokerIsAsked(_ arguments: [String], _ words: String) async throws {
        let run = try await runToEnd(
            try BuildProducts.executable("moltbot"), ["webhooks"] + arguments + ["--broker-url", "amqp://127.0.0.1:1"],
            environment: CommandRun.neutral)
        #expect(run.exit == .code(64))
        #expect(run.errorOutput.contains(words), "\(run.errorOutput)")
    }
}
