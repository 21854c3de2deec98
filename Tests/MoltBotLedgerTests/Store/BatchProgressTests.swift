import Foundation
import GRDB
import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

/// A batch's progress is counted when its tasks change, not when somebody asks.
@Suite("The progress of a batch", .timeLimit(.minutes(30)))
struct BatchProgressTests {
    /// Forty tasks, of which ten have each end; one was put back after it had failed.
    private func story() throws -> Story {
        var story = Story()
        for number in 0..<40 {
            let id = "t\(number)"
            // Of every second task events are read before its own message.
            if number % 2 == 1 { try story.event(.running, of: id, at: number + 1) }
            try story.task(id, at: number) { $0.batch = "b" }
            switch number % 4 {
            case 0: try story.event(.completed, of: id, at: number + 2) { $0.cost = 0.25 }
            case 1: try story.event(.failed, of: id, at: number + 2)
            case 2: try story.event(.running, of: id, at: number + 1)
            default: try story.event(.cancelled, of: id, at: number + 2)
            }
        }
        try story.task("t1", at: 1, redrives: 1) { $0.batch = "b" }
        try story.task("other") { $0.batch = "c" }
        try story.task("none")
        return story
    }

    private static let expected: [TaskStatus: Int] = [.completed: 10, .failed: 9, .queued: 1, .running: 10, .cancelled: 10]

    @Test("is the same however the stream is cut, and when entries come again")
    func cuts() async throws {
        let entries = try story().entries
        for size in [1, 7, 1000] {
            try await withLedgerFolder { folder in
                let store = try folder.open()
                for start in stride(from: 0, to: entries.count, by: size) {
                    let part = Array(entries[start..<min(start + size, entries.count)])
                    try await store.apply(LedgerBatch(entries: part))
                    try await store.apply(LedgerBatch(entries: part))
                }
                let batch = try #require(try await store.batch("b", in: .default))
                #expect(batch.counts == Self.expected)
                #expect(batch.cost == 2.5)
                #expect(try await store.batch("c", in: .default)?.counts == [.queued: 1])
                #expect(try await store.batch("b", in: try #require(Workspace("other"))) == nil)
                try await agrees(store)
            }
        }
    }

    @Test("is the same when all events are read before the tasks, and the other way round")
    func orders() async throws {
        let entries = try story().entries
        let tasksFirst = entries.filter(\.isTask) + entries.filter { !$0.isTask }
        let eventsFirst = entries.filter { !$0.isTask } + entries.filter(\.isTask)
        for order in [tasksFirst, eventsFirst] {
            try await withLedgerFolder { folder in
                let store = try folder.open()
                for entry in order { try await store.apply(LedgerBatch(entries: [entry])) }
                let batch = try #require(try await store.batch("b", in: .default))
                #expect(batch.total == 40)
                try await agrees(store)
            }
        }
    }

    @Test("forgets a task that a full queue has refused")
    func refusal() async throws {
        for size in [1, 100] {
            try await withLedgerFolder { folder in
                let store = try folder.open()
                var story = Story()
                try story.task("a", at: 0) { $0.batch = "b" }
                try story.task("b", at: 0) { $0.batch = "b" }
                try story.refusal(of: "a", madeAt: 0)
                for start in stride(from: 0, to: story.entries.count, by: size) {
                    try await store.apply(LedgerBatch(entries: Array(story.entries[start..<min(start + size, story.entries.count)])))
                }
                #expect(try await store.batch("b", in: .default)?.counts == [.queued: 1])
                try await agrees(store)
            }
        }
    }

    @Test("stays whole while retention removes its tasks, and goes when all of them are too old")
    func retention() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for number in 0..<1200 {
                try story.task("t\(number)", at: number) { $0.batch = number < 1000 ? "old" : "new" }
                try story.event(.completed, of: "t\(number)", at: number + 1) { $0.cost = 0.25 }
            }
            try await store.apply(story.batch)
            while try await store.removeExpired(LedgerRetention(age: .seconds(600), maximumBytes: .max), now: Story.at(1200)) {}
            #expect(try await store.task(try #require(TaskID("t500")), in: .default) == nil)
            let old = try #require(try await store.batch("old", in: .default))
            #expect(old.counts == [.completed: 1000])
            #expect(old.cost == 250)
            while try await store.removeExpired(LedgerRetention(age: .seconds(100), maximumBytes: .max), now: Story.at(1200)) {}
            #expect(try await store.batch("old", in: .default) == nil)
            #expect(try await store.batch("new", in: .default)?.counts == [.completed: 200])
            // By size: the newest task's own moment is the last that goes.
            while try await store.removeExpired(LedgerRetention(age: .seconds(1_000_000), maximumBytes: 1), now: Story.at(1200)) {}
            #expect(try await store.statistics(of: nil, minutesSince: Story.start).counts == [:])
        }
    }

    @Test("of one that has not ended outlives its tasks, and stays right when their end comes")
    func unfinished() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            let id = UUIDText.version7()
            var story = Story()
            story.acceptance(of: TaskBatch(id: id, workspace: .default, total: 40, concurrency: 5, acceptedAt: Story.at(0)))
            for number in 1...40 { try story.task("\(id)-\(number)") { $0.batch = id } }
            for number in 1...10 { try story.event(.completed, of: "\(id)-\(number)", at: 5) }
            try story.event(.running, of: "\(id)-11", at: 5)
            try await store.apply(story.batch)
            // All of its tasks are older than what is kept.
            while try await store.removeExpired(LedgerRetention(age: .seconds(4), maximumBytes: .max), now: Story.at(9)) {}
            #expect(try await store.task(try #require(TaskID("\(id)-40")), in: .default) == nil)
            let rest = try #require(try await store.batch(id, in: .default))
            #expect(rest.acceptance?.total == 40)
            #expect(rest.counts == [.completed: 10, .queued: 29, .running: 1])

            var end = Story(from: 1000)
            // One is handed over, and so read again; of the others only the end is read.
            try end.task("\(id)-12", at: 10) { $0.batch = id }
            for number in 11...40 { try end.event(.completed, of: "\(id)-\(number)", at: 20) }
            try await store.apply(end.batch)
            let ended = try #require(try await store.batch(id, in: .default))
            #expect(ended.counts == [.completed: 40])
            while try await store.removeExpired(LedgerRetention(age: .seconds(4), maximumBytes: .max), now: Story.at(30)) {}
            #expect(try await store.batch(id, in: .default) == nil)
        }
    }

    @Test("of one that never ends goes after 90 days")
    func abandoned() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            story.acceptance(of: TaskBatch(id: "b", workspace: .default, total: 2, concurrency: 5, acceptedAt: Story.at(0)))
            try story.task("t1") { $0.batch = "b" }
            try await store.apply(story.batch)
            let day = 86_400
            _ = try await store.removeExpired(LedgerRetention(age: .seconds(day)), now: Story.at(89 * day))
            #expect(try await store.batch("b", in: .default)?.total == 2)
            _ = try await store.removeExpired(LedgerRetention(age: .seconds(day)), now: Story.at(91 * day))
            #expect(try await store.batch("b", in: .default) == nil)
        }
    }

    @Test("is there after a file of an earlier version was opened")
    func migration() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            try await store.apply(try story().batch)
            try await store.file.write { db in
                try db.execute(
                    sql: """
                        DROP TABLE batch_progress; DROP INDEX tasks_by_batch; DELETE FROM grdb_migrations WHERE identifier = '4';
                        CREATE INDEX tasks_by_batch ON tasks (batch, workspace, status, cost) WHERE batch IS NOT NULL;
                        """)
            }
            let later = try folder.open()
            #expect(try await later.batch("b", in: .default)?.counts == Self.expected)
            try await agrees(later)
        }
    }

    @Test("is read without looking at the tasks")
    func plan() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            let plan = try await store.file.read { db in
                try Row.fetchAll(
                    db,
                    sql:
                        "EXPLAIN QUERY PLAN SELECT status, tasks, cost, known_costs FROM batch_progress WHERE batch = 'b' AND workspace = 'w'"
                ).map { $0["detail"] as String }
            }
            #expect(plan.allSatisfy { $0.hasPrefix("SEARCH batch_progress USING PRIMARY KEY") }, "\(plan)")
        }
    }

    /// What is counted is what a look at each task finds.
    private func agrees(_ store: LedgerStore) async throws {
        let sql = { @Sendable (source: String) in "SELECT batch || ' ' || workspace || ' ' || status || ' ' || \(source) ORDER BY 1" }
        let (kept, counted) = try await store.file.read { db in
            (
                try String.fetchAll(db, sql: sql("tasks || ' ' || known_costs || ' ' || cost FROM batch_progress")),
                try String.fetchAll(
                    db,
                    sql: sql(
                        "COUNT(*) || ' ' || COUNT(cost) || ' ' || TOTAL(cost) FROM tasks WHERE batch IS NOT NULL "
                            + "GROUP BY batch, workspace, status"))
            )
        }
        #expect(kept == counted)
    }
}

extension LedgerEntry {
    fileprivate var isTask: Bool {
        if case .task = content { true } else { false }
    }
}
