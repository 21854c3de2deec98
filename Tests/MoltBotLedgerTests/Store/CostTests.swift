import GRDB
import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

/// A cost that nobody knows is not 0.
@Suite("Sums of costs", .timeLimit(.minutes(30))) struct CostTests {
    @Test("say how many completed tasks they lack, and are unknown without any")
    func unpriced() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            try await store.apply(try story().batch)
            try await check(store)
        }
    }

    @Test("are right after a file of an earlier version was opened")
    func migration() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            try await store.apply(try story().batch)
            try await store.file.write { db in
                try db.execute(
                    sql: """
                        ALTER TABLE totals DROP COLUMN unpriced; ALTER TABLE minutes DROP COLUMN unpriced;
                        DELETE FROM grdb_migrations WHERE identifier = '5';
                        """)
            }
            let later = try folder.open()
            try await check(later, knowsMinutes: false)
            // What goes is taken off again.
            while try await later.removeExpired(LedgerRetention(age: .seconds(1), maximumBytes: .max), now: Story.at(1000)) {}
            #expect(try await later.statistics(of: nil, minutesSince: Story.start).costs.unpricedTasks == 0)
        }
    }

    private func check(_ store: LedgerStore, knowsMinutes: Bool = true) async throws {
        let statistics = try await store.statistics(of: .default, minutesSince: Story.start)
        #expect(statistics.costs == .init(known: 0.25, unpricedTasks: 3))
        #expect(statistics.models["some"]?.costs.sum(of: 2) == 0.25)
        #expect(statistics.models["some"]?.costs.unpricedTasks == 1)
        #expect(statistics.models["none"]?.costs.sum(of: 2) == nil)
        #expect(statistics.models["failed"]?.costs.sum(of: 0) == 0)
        if knowsMinutes { #expect(statistics.minutes.reduce(0) { $0 + $1.costs.unpricedTasks } == 3) }
    }

    private func story() throws -> Story {
        var story = Story()
        for (id, model, cost) in [("a", "some", 0.25), ("b", "some", nil), ("c", "none", nil), ("d", "none", nil)] {
            try story.task(id) { $0.model = model }
            try story.event(.completed, of: id, at: 3) { ($0.model, $0.cost) = (model, cost) }
        }
        try story.task("e") { $0.model = "failed" }
        try story.event(.failed, of: "e", at: 3) { ($0.model, $0.cost) = ("failed", nil) }
        return story
    }
}
