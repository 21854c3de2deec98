import AMQP
import MoltBotCore
import MoltBotRelay
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct CallbackTests {
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

    @Test func whatTheRelayRefusesEndsAtOnceAndIsNotTheHostsFault() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                var configuration = RelayConfiguration.forTests
                configuration.breaker = CircuitBreakerConfiguration(
                    failureRatio: nil, consecutiveFailures: 1, firstOpenTime: .seconds(3600))
                try await withRelays(on: host, configuration: configuration) { stage in
                    let url = "http://127.0.0.1:\(server.port)/callback"
                    let bad = try await stage.publish(task: "bad", callbacks: [TaskCallback(url: url + "#never-sent")])
                    let exhausted = try await stage.news(.exhausted, about: bad.id)
                    #expect(exhausted.attempt == 1)
                    let dead = try #require(try await stage.program.take("moltbot.dead"))
                    let reason = try #require(dead.properties.headers?["x-moltbot-dead-reason"]?.stringValue)
                    #expect(reason.contains("this relay does not send it: ") && reason.contains("fragment"))

                    let good = try await stage.publish(task: "good", callbacks: [TaskCallback(url: url)])
                    _ = try await stage.news(.delivered, about: good.id)
                    #expect(server.requests.elements.map(\.webhookID) == [good.id])
                }
            }
        }
    }

    @Test func callbackToABrokenHostEndsWhenTheTimeForItsAttemptsIsOver() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .json("no", status: 500)
            } run: { server in
                var configuration = RelayConfiguration.forTests
                configuration.callbackSchedule = []
                configuration.breaker = CircuitBreakerConfiguration(
                    failureRatio: nil, consecutiveFailures: 1, firstOpenTime: .seconds(3600))
                try await withRelays(on: host, configuration: configuration) { stage in
                    let callback = TaskCallback(url: "http://127.0.0.1:\(server.port)/callback")
                    let first = try await stage.publish(task: "first", callbacks: [callback])
                    _ = try await stage.news(.exhausted, about: first.id)
                    var again = try #require(try await stage.program.take("moltbot.dead")).properties
                    // The host is left alone now. This one has come back to it for an hour.
                    again.messageID = "circling"
                    again.headers?["x-moltbot-first-received"] = .string((Timestamp.now() + .seconds(-3600)).rfc3339)
                    let word = try #require(again.headers?["x-moltbot-dead-routing-key"]?.stringValue)
                    try await stage.program.program.publish(
                        AMQPMessage(exchange: "moltbot.deliveries", routingKey: word, properties: again, body: ByteBuffer(string: "{}")))
                    let exhausted = try await stage.news(.exhausted, about: "circling")
                    #expect(exhausted.error?.contains("nothing more is tried") == true)
                    let dead = try #require(try await stage.program.take("moltbot.dead"))
                    #expect(dead.properties.messageID == "circling")
                    #expect(server.requests.count == 1)
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
