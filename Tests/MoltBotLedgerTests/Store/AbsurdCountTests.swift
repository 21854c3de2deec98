import GRDB
import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

/// What an event says is its sender's word, and a file may hold what an earlier version took at it.
@Suite("Absurd counts", .timeLimit(.minutes(30))) struct AbsurdCountTests {
    @Test("in the stream neither end the node nor hide what the others used")
    func inTheStream() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for (id, tokens, cost) in [("a", Int.max, 1.7e308), ("b", Int.max, 1.7e308), ("c", Int.min, -1.7e308), ("d", 7, 0.5)] {
                try story.task(id)
                try story.event(.completed, of: id, at: 3) {
                    $0.usage = Usage(inputTokens: tokens, outputTokens: tokens)
                    $0.cost = cost
                }
            }
            try await store.apply(story.batch)

            let model = try #require(try await store.statistics(of: .default, minutesSince: Story.start).models["gpt-4"])
            #expect(model.counts == [.completed: 4])
            #expect((7...1 << 53).contains(model.inputTokens))
            #expect((7...1 << 53).contains(model.outputTokens))
            #expect(model.costs.known.isFinite)

            // What goes is taken off again, and what comes then counts as ever.
            while try await store.removeExpired(LedgerRetention(age: .seconds(1), maximumBytes: .max), now: Story.at(1000)) {}
            var later = Story(from: 100)
            try later.task("e")
            try later.event(.completed, of: "e", at: 3) { $0.usage = Usage(inputTokens: 3, outputTokens: 4) }
            try await store.apply(later.batch)
            let rest = try #require(try await store.statistics(of: .default, minutesSince: Story.start).models["gpt-4"])
            #expect((rest.inputTokens, rest.outputTokens, rest.costs.known) == (3, 4, 0.5))
        }
    }

    @Test("in an older file are read as the most that counts", arguments: ["9223372036854775807", "1.8e19", "9e999"])
    func inAFile(_ number: String) async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            try await store.file.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO totals VALUES ('default', 'm', 'completed', 2, \(number), \(number), \(number), 0);
                        INSERT INTO totals VALUES ('other', 'm', 'completed', 1, -\(number), \(number), \(number), 0);
                        INSERT INTO minutes VALUES (\(Story.start.millisecondsSinceEpoch / 60_000), 'default', 1, 1, 0, \(number), 0);
                        INSERT INTO minutes VALUES (\(Story.start.millisecondsSinceEpoch / 60_000), 'other', 1, 1, 0, -\(number), 0);
                        """)
            }
            let statistics = try await store.statistics(of: nil, minutesSince: Story.start)
            #expect(statistics.counts == [.completed: 3])
            #expect(statistics.models["m"]?.inputTokens ?? 0 <= 1 << 53)
            #expect(statistics.costs.known.isFinite)
            #expect(statistics.minutes.map(\.completed) == [2])
        }
    }
}
