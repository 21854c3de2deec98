import AMQP
import MoltBotCore
import MoltBotMessaging
import PrivateBroker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ClientResultFeedTests {
    private static func read(_ feed: ResultFeed, atMost limit: Int = .max) async throws -> [String] {
        var ids: [String] = []
        try await feed.drain { message in
            if case .event(let event, _) = message { ids.append(event.taskID.rawValue) }
            return ids.count == limit ? .enough : .more
        }
        return ids
    }

    @Test func sharedQueueGivesEachOutcomeOnceInOrder() async throws {
        try await withClientHost { session in
            for number in 1...5 { try await session.publishOutcome(of: "t\(number)") }
            let feed = ResultFeed(session, source: .shared)
            #expect(try await Self.read(feed, atMost: 2) == ["t1", "t2"])
            #expect(try await Self.read(feed) == ["t3", "t4", "t5"])
            #expect(try await Self.read(feed).isEmpty)
        }
    }

    @Test func ownQueueGetsACopyOfTerminalEventsOnly() async throws {
        try await withClientHost { session in
            let name = try #require(ResultQueueName("billing"))
            let feed = ResultFeed(session, source: .subscription(name))
            try await feed.open()
            try await session.publishOutcome(of: "t1", .running)
            for (number, status) in [TaskStatus.completed, .failed, .cancelled, .expired].enumerated() {
                try await session.publishOutcome(of: "t\(number + 2)", status)
            }
            // Naming it again, as the next start of a program does, neither fails nor loses anything.
            try await feed.open()
            #expect(try await Self.read(feed) == ["t2", "t3", "t4", "t5"])
            #expect(try await Self.read(ResultFeed(session, source: .shared)) == ["t2", "t3", "t4", "t5"])
        }
    }

    @Test func aQueueThatIsThereIsUsedAsItIs() async throws {
        try await withClientHost { session in
            try await session.consuming.withChannel { channel in
                _ = try await channel.queueDeclare(AMQPQueue(name: "mine", arguments: ["x-max-length": 10]))
            }
            let feed = ResultFeed(session, source: .subscription(try #require(ResultQueueName("mine"))))
            try await feed.open()
            try await session.publishOutcome(of: "t1")
            #expect(try await Self.read(feed) == ["t1"])
        }
    }

    @Test func aQueueThatHasExpiredIsMissedByWhoeverWaitsForItsAnswers() async throws {
        try await withClientHost { session in
            let feed = ResultFeed(session, source: .newReplies())
            let error = await #expect(throws: AMQPError.self) { try await feed.follow(isKept: false) { _ in .more } }
            #expect(error?.replyCode == 404)
        }
    }

    @Test func namesOfTheContractAreRefused() {
        #expect(ResultQueueName("moltbot.ledger") == nil)
        #expect(ResultQueueName("amq.gen") == nil)
        #expect(ResultQueueName("") == nil)
        #expect(ResultQueueName("my results") != nil)
    }

    @Test func whatIsNoEventIsToldAndPassedOver() async throws {
        try await withClientHost { session in
            try await session.publish("rubbish", id: "r", routingKey: "moltbot.results")
            try await session.publishOutcome(of: "t1")
            var problems: [String] = []
            var ids: [String] = []
            try await ResultFeed(session, source: .shared).drain { message in
                switch message {
                case .event(let event, _): ids.append(event.taskID.rawValue)
                case .unreadable(let problem): problems.append(problem)
                }
                return .more
            }
            #expect(ids == ["t1"])
            #expect(problems.count == 1)
            #expect(problems.first?.contains("message r") == true)
        }
    }

    @Test func aReaderThatFailsLeavesItsMessageInTheQueue() async throws {
        struct Broken: Error {}
        try await withClientHost { session in
            try await session.publishOutcome(of: "t1")
            let feed = ResultFeed(session, source: .shared)
            await #expect(throws: Broken.self) { try await feed.drain { _ in throw Broken() } }
            await #expect(throws: Broken.self) { try await feed.follow { _ in throw Broken() } }
            // The broker puts it back when it has noticed that the reader has gone.
            try await eventually("it can be read") { try await Self.read(feed) == ["t1"] }
        }
    }

    @Test func followingGoesOnAfterTheBrokerWasKilled() async throws {
        try await TestBroker.withOwnBroker { own in
            try await own.withVirtualHost { host in
                try await withClient(url: host.url) { session in
                    let feed = ResultFeed(session, source: .subscription(try #require(ResultQueueName("following"))))
                    try await feed.open()
                    let ids = Recorder<String>()
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            try await feed.follow { message in
                                if case .event(let event, _) = message { ids.record(event.taskID.rawValue) }
                                return .more
                            }
                        }
                        defer { group.cancelAll() }
                        try await session.publishOutcome(of: "before")
                        _ = try await ids.first("the first outcome") { $0 == "before" }
                        try await own.broker.kill()
                        _ = try await own.broker.start()
                        try await session.publishOutcome(of: "after")
                        _ = try await ids.first("the outcome after the restart", within: .seconds(60)) { $0 == "after" }
                    }
                }
            }
        }
    }

    @Test func replyQueueGoesWithItsReader() async throws {
        try await withClientHost { session in
            let feed = ResultFeed(session, source: .newReplies())
            try await feed.open()
            try await feed.close()
            await #expect(throws: AMQPError.self) {
                try await session.publish("x", id: "x", routingKey: feed.source.queue)
            }
        }
    }
}
