import AMQP
import MoltBotCore
import MoltBotMessaging
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ClientDeadLetterTests {
    /// What a worker writes on a task it refuses.
    private static func headers(_ reason: String, exchange: String = "moltbot.tasks", key: String = "default.high") -> AMQPTable {
        [
            WireHeaders.deadReason: .string(reason), WireHeaders.deadExchange: .string(exchange), WireHeaders.deadRoutingKey: .string(key),
            WireHeaders.diedAt: "2026-11-20T12:00:00.000Z", WireHeaders.deliveries: 4, WireHeaders.attempt: 3, "traceparent": "00-1-1-00",
        ]
    }

    @Test func lookingLeavesEverythingInItsPlace() async throws {
        try await withClientHost { session in
            for number in 1...5 {
                try await session.publish(
                    "{\(number)", id: "d\(number)", routingKey: "moltbot.dead", headers: Self.headers("bad \(number)"))
            }
            let queue = DeadLetterQueue(session)
            let listing = try await queue.list(.dead, limit: 3)
            let first = listing.letters
            #expect(first.map(\.id) == ["d1", "d2", "d3"])
            #expect(first.map(\.reason) == ["bad 1", "bad 2", "bad 3"])
            #expect(first[0].died == Timestamp(rfc3339: "2026-11-20T12:00:00Z"))
            #expect(first[0].destination == .init(exchange: "moltbot.tasks", routingKey: "default.high"))
            let shown = try #require(try await queue.find("d4", in: .dead))
            #expect(shown.body == Array("{4".utf8))
            #expect(try await queue.find("unknown", in: .dead) == nil)
            #expect(try await queue.list(.dead, limit: 100).letters.map(\.id) == ["d1", "d2", "d3", "d4", "d5"])
            #expect(listing.total == 5)
        }
    }

    @Test func brokersOwnRecordTellsReasonAndDestination() async throws {
        try await withClientHost { session in
            try await session.consuming.withChannel { channel in
                _ = try await channel.queueDeclare(AMQPQueue(name: "work", arguments: ["x-dead-letter-exchange": "moltbot.dead"]))
            }
            try await session.publish("body", id: "refused", routingKey: "work")
            try await session.consuming.withChannel { channel in
                let delivery = try #require(try await channel.get("work"))
                channel.settle(delivery, .deadLetter)
                _ = try await channel.queueDeclare(AMQPQueue(name: "work"), passive: true)
            }
            let queue = DeadLetterQueue(session)
            try await eventually("the broker has given it up") { try await queue.list(.dead, limit: 1).letters.count == 1 }
            let letter = try #require(try await queue.list(.dead, limit: 1).letters.first)
            #expect(letter.id == "refused")
            #expect(letter.reason == "a consumer of queue work refused it")
            #expect(letter.destination == .init(exchange: "", routingKey: "work"))
            #expect(letter.died != nil)

            #expect(try await queue.retry(["refused"], in: .dead).retried == ["refused"])
            let again = try #require(try await session.take("work"))
            #expect(again.properties.headers?.keys.contains { $0.hasPrefix("x-") } != true)
        }
    }

    @Test func retryPublishesTheMessageAsIfItWereNew() async throws {
        try await withClientHost { session in
            try await session.publish("one", id: "r1", routingKey: "moltbot.dead", headers: Self.headers("poison"), priority: 8)
            try await session.publish("two", id: "r2", routingKey: "moltbot.dead", headers: Self.headers("poison"), priority: 8)
            try await session.publish("three", id: "r3", routingKey: "moltbot.dead", headers: Self.headers("poison"), priority: 8)
            let queue = DeadLetterQueue(session)
            let report = try await queue.retry(["r2"], in: .dead)
            #expect(report.retried == ["r2"])
            #expect(report.refused.isEmpty)
            #expect(try await queue.list(.dead, limit: 10).letters.map(\.id) == ["r1", "r3"])

            let task = try #require(try await session.take("moltbot.tasks.default"))
            #expect(task.properties.messageID == "r2")
            #expect(task.properties.priority == 8)
            #expect(task.routingKey == "default.high")
            #expect(task.properties.headers?["traceparent"]?.stringValue == "00-1-1-00")
            #expect(task.properties.headers?.keys.sorted() == ["traceparent", "x-moltbot-redrives"])

            #expect(try await queue.retry(nil, in: .dead).retried == ["r1", "r3"])
            #expect(try await queue.list(.dead, limit: 1).total == 0)
        }
    }

    @Test func whatCannotBeRetriedStays() async throws {
        try await withClientHost { session in
            let lost = Self.headers("gone", exchange: "moltbot.deliveries", key: "nobody")
            try await session.publish("a", id: "lost", routingKey: "moltbot.dead", headers: lost)
            try await session.publish("b", id: "homeless", routingKey: "moltbot.dead")
            try await session.publish("c", id: "fine", routingKey: "moltbot.dead", headers: Self.headers("poison"))
            let report = try await DeadLetterQueue(session).retry(nil, in: .dead)
            #expect(report.retried == ["fine"])
            #expect(report.refused.map(\.id) == ["lost", "homeless"])
            #expect(try await DeadLetterQueue(session).list(.dead, limit: 10).letters.map(\.id) == ["lost", "homeless"])
        }
    }

    @Test func unroutableMessagesComeBackUntilThereIsAQueueForThem() async throws {
        try await withClientHost { session in
            let queue = DeadLetterQueue(session)
            try await session.publish("{}", id: "early", exchange: "moltbot.delay", routingKey: "0.tasks.acme.normal")
            let letter = try #require(try await queue.list(.unroutable, limit: 1).letters.first)
            #expect(letter.destination == .init(exchange: "moltbot.delay", routingKey: "0.tasks.acme.normal"))
            #expect(letter.reason.contains("acme.normal"))
            let report = try await queue.retry(nil, in: .unroutable)
            #expect(report.retried == ["early"])
            #expect(report.returned == 1)

            try await session.consuming.withChannel { channel in
                try await channel.queueDeclare(AMQPQueue(name: "acme"))
                try await channel.queueBind(queue: "acme", exchange: "moltbot.delay", routingKey: "#.acme.*")
            }
            #expect(try await queue.retry(["early"], in: .unroutable).returned == 0)
            #expect(try await session.take("acme")?.properties.messageID == "early")
            #expect(try await queue.list(.unroutable, limit: 1).total == 0)
        }
    }

    @Test func messagesWithoutAnIDHaveAStableName() async throws {
        try await withClientHost { session in
            try await session.publish("nameless", id: nil, routingKey: "moltbot.dead", headers: Self.headers("bad"))
            let queue = DeadLetterQueue(session)
            let name = try #require(try await queue.list(.dead, limit: 1).letters.first).id
            #expect(try await queue.find(name, in: .dead)?.body == Array("nameless".utf8))
        }
    }

    @Test func purgeDropsAllAndCountsThem() async throws {
        try await withClientHost { session in
            for number in 1...7 { try await session.publish("x", id: "p\(number)", routingKey: "moltbot.dead") }
            let queue = DeadLetterQueue(session)
            #expect(try await queue.purge(.dead) == 7)
            #expect(try await queue.list(.dead, limit: 10).letters.isEmpty)
            #expect(try await queue.purge(.unroutable) == 0)
        }
    }
}
