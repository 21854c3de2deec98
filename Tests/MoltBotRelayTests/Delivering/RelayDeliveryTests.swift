import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotRelay
import NIOHTTP1
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct RelayDeliveryTests {
    @Test func eventReachesEachEndpointThatWantsItAndNoOther() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                let other = try #require(Workspace("other"))
                let endpoints = [
                    try WebhookEndpoint("all", at: server), try WebhookEndpoint("ends", at: server, events: "task.completed"),
                    try WebhookEndpoint("failures", at: server, events: "task.failed"),
                    try WebhookEndpoint("elsewhere", at: server, workspace: other),
                ]
                try await withRelays(on: host, endpoints: endpoints) { stage in
                    // As earlier versions have left it, and `topology apply` takes nothing away: the relay gets the news of webhooks, too.
                    try await stage.program.program.withChannel {
                        try await $0.queueBind(queue: "moltbot.relay", exchange: "moltbot.events", routingKey: "")
                    }
                    let event = try await stage.publish(task: "one")
                    try await server.requests.atLeast(2, "requests")
                    #expect(Set(server.requests.elements.map(\.uri)) == ["/all", "/ends"])
                    let request = try #require(server.requests(to: "all").first)
                    #expect(request.webhookID == event.id)
                    let body = try JSONValue.parse(request.text)
                    #expect(body["type"] == "task.completed")
                    #expect(body["timestamp"]?.stringValue == event.time.rfc3339)
                    #expect(body["data"]?["result"] == "answer of one")
                    #expect(body.objectValue?.count == 3)

                    let news = try await stage.news(.delivered, about: event.id)
                    #expect(news.status == 200)
                    #expect(news.attempt == 1)
                    #expect(news.taskID == "one")
                    #expect(news.response == "{}")
                    // News about webhooks goes to no webhook: the next event is the next request.
                    try await stage.publish(.failed, task: "two")
                    _ = try await server.requests.first("the failure") { $0.uri == "/failures" }
                    #expect(server.requests.elements.allSatisfy { !$0.text.contains("webhook.") })
                }
            }
        }
    }

    @Test func failureIsTriedAgainThroughTheBrokerUnderTheSameID() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number < 3 ? .json("sorry", status: 503) : .json("{}")
            } run: { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("flaky", at: server)]) { stage in
                    let event = try await stage.publish(task: "again")
                    try await server.requests.atLeast(3, "attempts")
                    let requests = server.requests.elements
                    #expect(requests.map(\.webhookID) == [event.id, event.id, event.id])
                    #expect(Set(requests.map(\.text)).count == 1)
                    #expect(requests[0].received.duration(to: requests[1].received) >= .milliseconds(800))
                    let delivered = try await stage.news(.delivered, about: event.id)
                    #expect(delivered.attempt == 3)
                    let failed = stage.news.filter { $0.kind == .attemptFailed }
                    #expect(failed.map(\.attempt) == [1, 2])
                    #expect(failed.map(\.status) == [503, 503])
                    #expect(failed.allSatisfy { $0.nextAttemptAt != nil && $0.response == "sorry" })
                }
            }
        }
    }

    @Test func afterTheScheduleItIsADeadLetterWithItsAttempts() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .json("no", status: 500)
            } run: { server in
                let endpoint = try WebhookEndpoint("broken", at: server).with { $0.schedule = [.seconds(1)] }
                try await withRelays(on: host, endpoints: [endpoint]) { stage in
                    let event = try await stage.publish(task: "lost")
                    let exhausted = try await stage.news(.exhausted, about: event.id)
                    #expect(exhausted.attempt == 2)
                    #expect(exhausted.endpointID == "broken")
                    let dead = try #require(try await stage.program.take("moltbot.dead"))
                    let headers = dead.properties.headers ?? [:]
                    #expect(headers["x-moltbot-dead-reason"]?.stringValue?.contains("2 attempts failed") == true)
                    let attempts = WebhookAttempt.decodeHistory(headers["x-moltbot-attempts"]?.stringValue ?? "")
                    #expect(attempts.map(\.status) == [500, 500])
                    #expect(headers["x-moltbot-dead-routing-key"]?.stringValue == "broken")
                    #expect(dead.properties.messageID == event.id)
                }
            }
        }
    }

    @Test func deadLetterThatIsRetriedStartsAnew() async throws {
        try await TestBroker.withVirtualHost { host in
            let isBack = Gate()
            try await withModelServer { _ in
                isBack.isOpen ? .json("{}") : .json("no", status: 500)
            } run: { server in
                let endpoint = try WebhookEndpoint("back", at: server).with { $0.schedule = [] }
                try await withRelays(on: host, endpoints: [endpoint]) { stage in
                    let event = try await stage.publish(task: "order.42")
                    let id = "order%2E42-terminal"
                    #expect(event.id == "order.42-terminal")
                    _ = try await stage.news(.exhausted, about: id)
                    isBack.open()
                    let session = BrokerSession(
                        configuration: try AMQPConfiguration(urls: host.url), role: "test",
                        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    let report = try await session.withConnections { try await DeadLetterQueue(session).retry([id + "@back"], in: .dead) }
                    #expect(report.retried == [id + "@back"])
                    let delivered = try await stage.news(.delivered, about: id)
                    #expect(delivered.attempt == 1)
                    #expect(server.requests.elements.map(\.webhookID) == [id, id])
                }
            }
        }
    }

    @Test func hangingReceiverHoldsUpNobodyElse() async throws {
        try await TestBroker.withVirtualHost { host in
            let never = Gate()
            try await withModelServer { request in
                request.uri == "/hangs" ? ModelServer.accept(request).held(by: never) : ModelServer.accept(request)
            } run: { server in
                var configuration = RelayConfiguration.forTests
                configuration.maximumInFlight = 12
                // None that hangs is given up and tried again while the test goes on.
                let hanging = try WebhookEndpoint("hangs", at: server).with { $0.timeout = .seconds(600) }
                let endpoints = [hanging, try WebhookEndpoint("works", at: server)]
                try await withRelays(on: host, endpoints: endpoints, configuration: configuration) { stage in
                    for number in 0..<50 { try await stage.publish(task: "task-\(number)") }
                    try await server.requests.atLeast(58, "requests")
                    #expect(server.requests(to: "works").count == 50)
                    #expect(server.requests(to: "hangs").count == 8)
                }
            }
        }
    }

    @Test func queueThatWasDeletedComesBackWithTheNextEvent() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                try await withRelays(on: host, endpoints: [try WebhookEndpoint("lost", at: server)]) { stage in
                    let first = try await stage.publish(task: "first")
                    _ = try await stage.news(.delivered, about: first.id)
                    try await stage.program.program.withChannel { _ = try await $0.queueDelete("moltbot.deliveries.lost") }
                    let second = try await stage.publish(task: "second")
                    _ = try await stage.news(.delivered, about: second.id)
                    #expect(server.requests.elements.map(\.webhookID) == [first.id, second.id])
                }
            }
        }
    }

    @Test func severalRelaysShareTheWork() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                try await withRelays(2, on: host, endpoints: [try WebhookEndpoint("shared", at: server)]) { stage in
                    for number in 0..<100 { try await stage.publish(task: "task-\(number)") }
                    try await server.requests.atLeast(100, "requests")
                    #expect(Set(server.requests.elements.compactMap(\.webhookID)).count == 100)
                }
            }
        }
    }
}
