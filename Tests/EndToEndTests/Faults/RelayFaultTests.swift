import AMQP
import MoltBotCore
import NIOHTTP1
import PrivateBroker
import TestSupport
import Testing

@Suite("What a relay lives with", .timeLimit(.minutes(30)))
struct RelayFaultTests {
    @Test func withoutABrokerItSaysSoAndLaterDeliversWhatHasWaited() async throws {
        try await withWebhookTerminal { terminal, broker in
            try await withModelServer { _ in
                .json("{}")
            } run: { server in
                _ = try await terminal.add("http://127.0.0.1:\(server.port)/hook")
                let event = try await terminal.publish(task: "early")
                try await broker.stop()
                let refused = try await terminal.terminal.moltbot("relay", "--state-dir", terminal.folder)
                #expect(refused.exit == .code(69))
                #expect(refused.errorOutput.contains("error:"))
                _ = try await broker.start()
                try await terminal.withRelay { relay in
                    try await server.requests.atLeast(1, "request")
                    #expect(server.requests.elements.first?.headers["webhook-id"].first == event.id)
                    // And told to stop, it stops in an orderly way.
                    try relay.send(.terminate)
                    #expect(try await relay.waitForExit() == .code(0))
                }
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func anEndpointsQueueThatWasDeletedIsThereAgain() async throws {
        try await withWebhookTerminal { terminal in
            try await withModelServer { _ in
                .json("{}")
            } run: { server in
                let id = try await terminal.add("http://127.0.0.1:\(server.port)/hook")
                try await terminal.withRelay { _ in
                    try await terminal.publish(task: "before")
                    try await server.requests.atLeast(1, "request")
                    _ = try await terminal.terminal.program.withChannel { try await $0.queueDelete("moltbot.deliveries.\(id)") }
                    let events = [try await terminal.publish(task: "after-1"), try await terminal.publish(task: "after-2")]
                    try await server.requests.atLeast(3, "requests")
                    #expect(Set(server.requests.elements.dropFirst().map { $0.headers["webhook-id"].first }) == Set(events.map(\.id)))
                }
            }
        }
    }

    @Test func aReceiverThatWasDownGetsEverythingWhenItIsUp() async throws {
        try await withWebhookTerminal { terminal in
            let port = try unusedPort()
            _ = try await terminal.add("http://127.0.0.1:\(port)/hook", "--schedule", "1s,1s,1s,1s,1s,1s,1s,1s")
            try await terminal.withRelay { _ in
                try await terminal.withNews { news in
                    let events = [try await terminal.publish(task: "one"), try await terminal.publish(task: "two")]
                    for event in events {
                        let failure = try await news.first("a failed attempt") { $0.kind == .attemptFailed && $0.eventID == event.id }
                        #expect(failure.status == nil)
                        #expect(failure.error?.isEmpty == false)
                    }
                    try await withModelServer(port: port) { _ in
                        .json("{}")
                    } run: { server in
                        for event in events {
                            let delivered = try await news.first("the delivery") { $0.kind == .delivered && $0.eventID == event.id }
                            #expect(delivered.attempt ?? 0 > 1)
                        }
                        #expect(Set(server.requests.elements.map { $0.headers["webhook-id"].first }) == Set(events.map(\.id)))
                    }
                }
            }
        }
    }
}
