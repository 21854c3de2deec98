import AMQP
import MoltBotCore
import MoltBotRelay
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CallbackTests {
    @Test func callbackGetsItsOwnTaskWithItsHeadersAndNothingShowsThem() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                try await withRelays(on: host) { stage in
                    let callback = TaskCallback(
                        url: "http://127.0.0.1:\(server.port)/callback?token=sesame", headers: ["x-key": "open"])
                    try await stage.publish(task: "foreign")
                    let event = try await stage.publish(task: "mine", callbacks: [callback])
                    let delivered = try await stage.news(.delivered, about: event.id)
                    #expect(delivered.endpointID == nil)
                    #expect(delivered.url == "http://127.0.0.1:\(server.port)/callback")
                    #expect(server.requests.count == 1)
                    let request = try #require(server.requests.elements.first)
                    #expect(request.uri == "/callback?token=sesame")
                    #expect(request.headers["x-key"] == ["open"])
                    for secret in ["sesame", "open"] {
                        #expect(!request.text.contains(secret))
                        #expect(stage.program.events.elements.allSatisfy { !String(buffer: $0.body).contains(secret) })
                    }
                }
            }
        }
    }

    @Test func callbackThatFailsIsTriedAgainThenGivenUp() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .json("no", status: 500)
            } run: { server in
                try await withRelays(on: host) { stage in
                    let callback = TaskCallback(url: "http://127.0.0.1:\(server.port)/callback")
                    let event = try await stage.publish(task: "mine", callbacks: [callback])
                    let exhausted = try await stage.news(.exhausted, about: event.id)
                    #expect(exhausted.attempt == 2)
                    #expect(server.requests.count == 2)
                    let dead = try #require(try await stage.program.take("moltbot.dead"))
                    #expect(dead.properties.headers?["x-moltbot-dead-routing-key"]?.stringValue?.hasPrefix("adhoc.") == true)
                }
            }
        }
    }

    @Test func hangingHostLeavesRoomForOthersInTheSameQueue() async throws {
        try await TestBroker.withVirtualHost { host in
            let never = Gate()
            try await withModelServer { request in
                request.uri == "/hangs" ? ModelServer.accept(request).held(by: never) : ModelServer.accept(request)
            } run: { server in
                var configuration = RelayConfiguration.forTests
                configuration.callbackPrefetch = 4
                configuration.callbacksPerHost = 2
                // None that hangs is given up and tried again while the test goes on.
                configuration.callbackTimeout = .seconds(600)
                try await withRelays(on: host, configuration: configuration) { stage in
                    // Two names of one address: two hosts. All names are tried, so some share the queue of the hanging one.
                    for number in 0..<12 {
                        try await stage.publish(
                            task: "hang-\(number)", callbacks: [TaskCallback(url: "http://127.0.0.1:\(server.port)/hangs")])
                    }
                    for number in 2..<40 {
                        try await stage.publish(
                            task: "task-\(number)", callbacks: [TaskCallback(url: "http://127.0.0.\(number):\(server.port)/works")])
                    }
                    // Only 127.0.0.1 listens; that the others were tried is what counts.
                    for number in 2..<40 {
                        _ = try await stage.program.events.first("an attempt for task-\(number)") {
                            $0.properties.type == "webhook.attempt_failed" && $0.properties.correlationID == "task-\(number)"
                        }
                    }
                    #expect(server.requests(to: "hangs").count == 2)
                }
            }
        }
    }
}
