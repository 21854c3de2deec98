import AMQP
import MoltBotCore
import MoltBotMessaging
import PrivateBroker
import TestSupport
import Testing

@Suite("Registry: following", .timeLimit(.minutes(30)))
struct RegistryFollowerTests {
    @Test func replayComesFirstAndThenTheNews() async throws {
        try await RegistryHost.run { session in
            let writer = RegistryWriter(session)
            try await writer.append((0..<500).map { .model("m\($0 % 100)", .integer(Int64($0))) } + [.model("m7", nil)])
            try await RegistryHost.following(session) { calls in
                let replay = try #require(try await calls.atLeast(1, "the replay").first)
                #expect(replay.count == 99)
                #expect(calls.values["m99"] == 499)
                #expect(calls.values["m7"] == nil)

                try await writer.append([.model("news", "hello")])
                _ = try await calls.first("the news") { $0.map(\.id) == ["news"] }
            }
        }
    }

    @Test func whoFollowsAnEmptyRegistryIsToldThatThereIsNothing() async throws {
        try await RegistryHost.run { session in
            try await RegistryHost.following(session) { calls in
                let replay = try await calls.atLeast(1, "the replay")
                #expect(replay == [[]])
            }
        }
    }

    @Test func twoFollowersComeToTheSameState() async throws {
        try await RegistryHost.run { session in
            try await RegistryHost.following(session) { early in
                try await early.atLeast(1, "the replay")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<4 {
                        group.addTask {
                            for round in 0..<20 {
                                try await Registry(session).change([.deployment]) { _ in
                                    [.model("m\(round % 5)", round % 7 == 0 ? nil : .string("\(writer)-\(round)"))]
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await RegistryWriter(session).append([.model("end", true)])
                try await RegistryHost.following(session) { late in
                    try await late.atLeast(1, "the replay")
                    _ = try await late.first("the end") { $0.contains { $0.id == "end" } }
                    _ = try await early.first("the end") { $0.contains { $0.id == "end" } }
                    #expect(late.values == early.values)
                }
            }
        }
    }

    @Test func aRestartedBrokerIsFollowedAgainAndOnlyNewsAreHandedOver() async throws {
        try await TestBroker.withOwnBroker { broker in
            let url = broker.running.amqpURL
            try await RegistryHost.applyTopology(url: url)
            try await RegistryHost.session(url: url) { session in
                try await RegistryWriter(session).append([.model("a", 1), .model("b", 1)])
                try await RegistryHost.following(session) { calls in
                    try await calls.atLeast(1, "the replay")
                    // In order first: RabbitMQ 3.10 loses streams of which the first was declared seconds before a kill.
                    try await broker.broker.stop()
                    _ = try await broker.broker.start()
                    try await RegistryWriter(session).append([.model("a", 2)])
                    try await calls.atLeast(2, "the change after the restart")

                    try await broker.broker.kill()
                    _ = try await broker.broker.start()
                    try await RegistryWriter(session).append([.model("a", 3)])
                    let all = try await calls.atLeast(3, "the change after the kill")
                    #expect(all.dropFirst().map { $0.map(\.id) } == [["a"], ["a"]])
                    #expect(calls.values == ["a": 3, "b": 1])
                }
            }
        }
    }

    @Test func aStreamThatWasDeletedAndDeclaredAnewTakesItsEntriesAlong() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.applyTopology(url: host.url)
            try await RegistryHost.session(url: host.url) { session in
                try await RegistryWriter(session).append([.model("old", 1), .model("kept", 1)])
                try await RegistryHost.following(session) { calls in
                    try await calls.atLeast(1, "the replay")
                    _ = try await session.publishing.withChannel { try await $0.queueDelete("moltbot.registry") }
                    try await RegistryHost.applyTopology(url: host.url)
                    try await RegistryWriter(session).append([.model("kept", 2)])
                    _ = try await calls.first("the new stream's entry") { $0.contains { $0.value == 2 } }
                    _ = try await calls.first("the removal") { $0.contains { $0.id == "old" && $0.value == nil } }
                    #expect(calls.values == ["kept": 2])
                }
            }
        }
    }
}
