import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotRelay
import NIOHTTP1
import TestSupport
import Testing

/// What receivers ask for, and endpoints that get nothing.
@Suite(.timeLimit(.minutes(30))) struct ReceiverWishTests {
    @Test func retryAfterPausesTheWholeEndpoint() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .json("slow down", status: 429, headers: ["retry-after": "2"]) : .json("{}")
            } run: { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("limited", at: server)]) { stage in
                    try await stage.publish(task: "first")
                    _ = try await stage.news(.attemptFailed)
                    try await stage.publish(task: "second")
                    let requests = try await server.requests.atLeast(3, "requests")
                    // Both came after the pause, also the one that had not failed.
                    for request in requests[1...] {
                        #expect(requests[0].received.duration(to: request.received) >= .seconds(2))
                    }
                }
            }
        }
    }

    @Test(arguments: [
        (410, nil, "410"), (503, "disable", "webhook-delivery"),
    ])
    func receiverThatWantsNothingMoreIsDisabledAndItsDeliveriesAreKept(
        _ status: Int, _ directive: String?, _ word: String
    ) async throws {
        let headers = HTTPHeaders(directive.map { [("webhook-delivery", $0)] } ?? [])
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .json("no", status: status, headers: headers) : .json("{}")
            } run: { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("gone", at: server)]) { stage in
                    let first = try await stage.publish(task: "first")
                    let news = try await stage.news(.endpointDisabled)
                    #expect(news.endpointID == "gone")
                    #expect(news.error?.contains(word) == true)
                    #expect(stage.feed.disabled.elements.count == 1)
                    let second = try await stage.publish(task: "second")
                    #expect(server.requests.count == 1)

                    stage.feed.change("gone") { $0.disabledReason = nil }
                    let requests = try await server.requests.atLeast(3, "requests")
                    #expect(Set(requests[1...].compactMap(\.webhookID)) == [first.id, second.id])
                }
            }
        }
    }

    @Test func trialOfAnEndpointThatWantsNothingMoreIsNotSentAgain() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 2 ? .json("no", status: 410) : .json("{}")
            } run: { server in
                let endpoint = try WebhookEndpoint("gone", at: server)
                try await withRelays(on: host, endpoints: [endpoint]) { stage in
                    // A trial asks whether there is a relay.
                    let first = try await stage.publish(task: "first")
                    _ = try await stage.news(.delivered, about: first.id)
                    let owner = BrokerSession(
                        configuration: try AMQPConfiguration(urls: host.url), role: "owner",
                        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    let outcome = try await owner.withConnections {
                        try await WebhookTrial(owner, of: endpoint).run(within: .seconds(60))
                    }
                    guard case .attempted(let trial) = outcome else {
                        Issue.record("\(outcome)")
                        return
                    }
                    #expect(trial.kind == .exhausted)
                    #expect(trial.status == 410)
                    _ = try await stage.news(.endpointDisabled)

                    stage.feed.change("gone") { $0.disabledReason = nil }
                    let second = try await stage.publish(task: "second")
                    _ = try await stage.news(.delivered, about: second.id)
                    #expect(server.requests.elements.map(\.webhookID) == [first.id, trial.eventID, second.id])
                    #expect(try await stage.program.take("moltbot.dead") == nil)
                }
            }
        }
    }

    @Test func receiverIsAskedAgainUntilItsEndpointIsDisabledForAll() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .json("no", status: 410)
            } run: { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("gone", at: server)]) { stage in
                    stage.feed.refuseToDisable(times: 1)
                    let event = try await stage.publish(task: "first")
                    #expect(try await stage.news(.endpointDisabled).endpointID == "gone")
                    #expect(stage.feed.disabled.elements.count == 1)
                    #expect(server.requests.elements.map(\.webhookID) == [event.id, event.id])
                }
            }
        }
    }

    @Test func endpointEnabledBeforeItsRelayHeardThatItWasDisabledIsServedAgain() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .json("no", status: 410) : .json("{}")
            } run: { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("gone", at: server)]) { stage in
                    stage.feed.holdBack()
                    let event = try await stage.publish(task: "first")
                    _ = try await stage.news(.endpointDisabled)
                    stage.feed.change("gone") { $0.disabledReason = nil }
                    stage.feed.release()
                    _ = try await stage.news(.delivered, about: event.id)
                    #expect(server.requests.elements.map(\.webhookID) == [event.id, event.id])
                }
            }
        }
    }

    @Test func abortMessageEndsTheDeliveryWithoutRetry() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .json("not this one", status: 400, headers: ["webhook-delivery": "abort-message"]) : .json("{}")
            } run: { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("picky", at: server)]) { stage in
                    let first = try await stage.publish(task: "first")
                    let exhausted = try await stage.news(.exhausted, about: first.id)
                    #expect(exhausted.attempt == 1)
                    let second = try await stage.publish(task: "second")
                    _ = try await stage.news(.delivered, about: second.id)
                    #expect(server.requests.elements.map(\.webhookID) == [first.id, second.id])
                    #expect(try await stage.program.take("moltbot.dead") == nil)
                }
            }
        }
    }

    @Test func brokenReceiverIsLeftAloneThenProbedThenServed() async throws {
        try await TestBroker.withVirtualHost { host in
            let isBack = Gate()
            try await withModelServer { request in
                isBack.isOpen ? .json("{}") : .json("down", status: 500)
            } run: { server in
                var configuration = RelayConfiguration.forTests
                configuration.breaker = CircuitBreakerConfiguration(
                    failureRatio: nil, consecutiveFailures: 3, firstOpenTime: .seconds(1), multiplier: 1, jitter: 0)
                let endpoint = try WebhookEndpoint("down", at: server).with {
                    $0.schedule = [.seconds(1), .seconds(1), .seconds(1), .seconds(1), .seconds(1), .seconds(1)]
                    $0.maxInFlight = 1
                }
                try await withRelays(on: host, endpoints: [endpoint], configuration: configuration) { stage in
                    for number in 0..<20 { try await stage.publish(task: "task-\(number)") }
                    // Three failures, then single probes a second apart.
                    let failed = try await server.requests.atLeast(5, "requests")
                    #expect(failed[2].received.duration(to: failed[3].received) >= .milliseconds(900))
                    #expect(failed[3].received.duration(to: failed[4].received) >= .milliseconds(900))
                    isBack.open()
                    for number in 0..<20 {
                        _ = try await stage.program.events.first("delivery of task-\(number)") {
                            $0.properties.type == "webhook.delivered" && $0.properties.correlationID == "task-\(number)"
                        }
                    }
                    #expect(try await stage.program.take("moltbot.dead") == nil)
                }
            }
        }
    }

    @Test func rateLimitIsKept() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                let endpoint = try WebhookEndpoint("paced", at: server).with { $0.rateLimit = .init(requests: 5, period: .seconds(1)) }
                try await withRelays(on: host, endpoints: [endpoint]) { stage in
                    // From before the first one leaves: the receiver may note that one late, and then the rest in a shorter time.
                    let start = ContinuousClock.now
                    for number in 0..<11 { try await stage.publish(task: "task-\(number)") }
                    let requests = try await server.requests.atLeast(11, "requests")
                    #expect(start.duration(to: requests[10].received) >= .seconds(2))
                }
            }
        }
    }
}
