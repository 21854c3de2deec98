import Foundation
import GRDB
import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

@Suite(.timeLimit(.minutes(30))) struct LedgerStoreTests {
    private let task = TaskID("t") ?? TaskID()

    @Test func countsWhatWaitsByLane() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for (id, lane) in [("a", Lane.high), ("b", .high), ("c", .low), ("d", .critical)] {
                try story.task(id) { $0.lane = lane }
            }
            try story.event(.completed, of: "b", at: 1)
            try await store.apply(story.batch)
            #expect(try await store.waiting(of: .default) == [.high: 1, .low: 1, .critical: 1])
            #expect(try await store.waiting(of: try #require(Workspace("other"))) == [:])
        }
    }

    @Test func showsWhatTheStreamTold() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            try story.task("t") {
                $0.metadata = ["ticket": 42]; $0.batch = "b"; $0.idempotencyKey = "k"
            }
            try story.event(.running, of: "t", at: 1)
            try story.event(.completed, of: "t", at: 3, result: "six times seven") {
                $0.usage = Usage(inputTokens: 12, outputTokens: 6)
                $0.attempts = [TaskAttempt(number: 1, deployment: "primary", startedAt: Story.at(1), duration: .seconds(2))]
            }
            try await store.apply(story.batch)

            let detail = try #require(try await store.task(task, in: .default))
            #expect(detail.record.status == .completed)
            #expect(detail.record.metadata == ["ticket": 42])
            #expect(detail.record.usage == Usage(inputTokens: 12, outputTokens: 6))
            #expect(detail.end?.outcome?.result == "six times seven")
            #expect(try await store.task(task, in: try #require(Workspace("other"))) == nil)
            let history = try #require(try await store.history(of: task, in: .default))
            #expect(history.lives.map(\.attempts.count) == [1])
            #expect(history.lives[0].attempts[0].deployment == "primary")
            let batch = try #require(try await store.batch("b", in: .default))
            #expect(batch.counts == [.completed: 1])
            #expect(batch.cost == 0.5)
            let statistics = try await store.statistics(of: .default, minutesSince: Story.start)
            #expect(statistics.models["gpt-4"]?.counts == [.completed: 1])
            #expect(statistics.models["gpt-4"]?.inputTokens == 12)
            #expect(statistics.minutes.map(\.completed) == [1])
            #expect(try await store.position() == story.entries.last?.position)
        }
    }

    @Test func batchCostsNobodyKnowsWhatWhenOneOfItsTasksDoes() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for (task, cost) in [("t", 0.25), ("u", nil)] {
                try story.task(task) { $0.batch = "b" }
                try story.event(.completed, of: task, at: 3) { $0.cost = cost }
            }
            try await store.apply(story.batch)
            let batch = try #require(try await store.batch("b", in: .default))
            #expect(batch.counts == [.completed: 2])
            #expect(batch.cost == nil)
        }
    }

    @Test func refusedTaskIsForgottenAndMayBeSentAgain() async throws {
        for size in [1, 100] {
            try await withLedgerFolder { folder in
                let store = try folder.open()
                var story = Story()
                try story.task("t", at: 0) { $0.metadata = ["try": 1] }
                try story.refusal(of: "t", madeAt: 0)
                try story.task("t", at: 5) { $0.metadata = ["try": 2] }
                // A late word about the first one, and one about a task that has run, change nothing.
                try story.refusal(of: "t", madeAt: 0)
                try story.task("ran", at: 0)
                try story.event(.running, of: "ran", at: 1)
                try story.refusal(of: "ran", madeAt: 0)
                try story.task("gone", at: 0) { $0.metadata = ["try": 1] }
                try story.refusal(of: "gone", madeAt: 0)
                for start in stride(from: 0, to: story.entries.count, by: size) {
                    try await store.apply(LedgerBatch(entries: Array(story.entries[start..<min(start + size, story.entries.count)])))
                }
                let tasks = try await store.tasks(TaskFilter(workspace: nil), limit: 10).tasks
                #expect(tasks.map(\.id.rawValue) == ["t", "ran"])
                #expect(tasks.first?.metadata == ["try": 2])
                #expect(tasks.last?.status == .running)
                let statistics = try await store.statistics(of: .default, minutesSince: Story.start)
                #expect(statistics.counts.values.reduce(0, +) == 2)
                #expect(statistics.minutes.map(\.submitted) == [2])
            }
        }
    }

    @Test func batchesCutAnywhereComeToTheSame() async throws {
        var story = Story()
        for number in 0..<30 {
            try story.task("t\(number)", at: number) { $0.metadata = ["parity": JSONValue.integer(Int64(number % 2))] }
            try story.event(.running, of: "t\(number)", at: number + 1)
            if number % 3 == 0 { try story.event(.failed, of: "t\(number)", at: number + 2) }
            if number % 3 == 1 { try story.event(.completed, of: "t\(number)", at: number + 2, result: "r") }
        }
        var seen: [(TaskPage, LedgerStatistics)] = []
        for size in [1, 7, 1000] {
            try await withLedgerFolder { folder in
                let store = try folder.open()
                for start in stride(from: 0, to: story.entries.count, by: size) {
                    try await store.apply(LedgerBatch(entries: Array(story.entries[start..<min(start + size, story.entries.count)])))
                }
                seen.append(
                    (
                        try await store.tasks(TaskFilter(workspace: .default), limit: 100),
                        try await store.statistics(of: nil, minutesSince: Story.start)
                    ))
            }
        }
        #expect(seen.allSatisfy { $0 == seen[0] })
        #expect(seen[0].1.counts == [.running: 10, .failed: 10, .completed: 10])
    }

    @Test func listsAreFilteredAndGoOnWhereTheyWere() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for number in 0..<40 {
                // Four tasks of each moment: the order within it has to be certain too.
                try story.task("t\(number)", at: number / 4) {
                    $0.model = number % 2 == 0 ? "even" : "odd"
                    $0.metadata = ["third": JSONValue.bool(number % 3 == 0), "name": .string("n\(number % 5)")]
                }
                if number % 4 == 0 { try story.event(.completed, of: "t\(number)", at: 100) { $0.model = nil } }
                if number % 4 == 1 { try story.event(.failed, of: "t\(number)", at: 100) { $0.model = nil } }
            }
            try await store.apply(story.batch)

            func all(_ change: (inout TaskFilter) -> Void) async throws -> [Int] {
                var filter = TaskFilter(workspace: .default)
                change(&filter)
                var ids: [Int] = []
                var cursor: TaskCursor?
                repeat {
                    let page = try await store.tasks(filter, after: cursor, limit: 3)
                    ids += page.tasks.compactMap { Int($0.id.rawValue.dropFirst()) }
                    cursor = try page.next.map { try #require(TaskCursor($0.description)) }
                } while cursor != nil
                return ids
            }
            func expected(_ matches: (Int) -> Bool) -> [Int] { (0..<40).reversed().filter(matches) }

            #expect(try await all { _ in } == expected { _ in true })
            #expect(try await all { $0.workspace = nil } == expected { _ in true })
            #expect(try await all { $0.statuses = [.failed] } == expected { $0 % 4 == 1 })
            #expect(try await all { $0.statuses = [.failed, .completed] } == expected { $0 % 4 < 2 })
            #expect(try await all { $0.model = "odd" } == expected { $0 % 2 == 1 })
            #expect(
                try await all {
                    $0.createdFrom = Story.at(2); $0.createdBefore = Story.at(4)
                } == expected { (8..<16).contains($0) })
            #expect(try await all { $0.metadata = ["third": "true"] } == expected { $0 % 3 == 0 })
            #expect(try await all { $0.metadata = ["third": "true", "name": "n1"] } == expected { $0 % 3 == 0 && $0 % 5 == 1 })
            #expect(
                try await all {
                    $0.metadata = ["name": "n1"]; $0.workspace = nil; $0.statuses = [.queued]
                } == expected { $0 % 5 == 1 && $0 % 4 > 1 })
            #expect(try await all { $0.workspace = Workspace("other") } == [])
        }
    }

    @Test func endWakesThoseWhoWait() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            let task = task
            var story = Story()
            try story.task("t")
            try await store.apply(story.batch)
            async let ended = store.waitForEnd(of: task, in: .default, within: .seconds(30))
            async let other = store.waitForEnd(of: task, in: .default, within: .milliseconds(1))
            #expect(try await other?.record.status == .queued)
            var end = Story(from: 1)
            try end.event(.completed, of: "t", at: 1, result: "done")
            try await store.apply(end.batch)
            #expect(try await ended?.end?.outcome?.result == "done")
            #expect(try await store.waitForEnd(of: task, in: .default, within: .seconds(30))?.record.status == .completed)
            #expect(store.ends.isEmpty)
        }
    }

    @Test func fileThatIsNoDatabaseIsSetAside() async throws {
        try await withLedgerFolder { folder in
            try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
            try Data("this is no database, and it is long enough to be told from one".utf8).write(to: URL(fileURLWithPath: folder.file))
            let store = try folder.open()
            #expect(try await store.position() == nil)
            #expect(FileManager.default.fileExists(atPath: folder.file + ".damaged"))
        }
    }

    @Test func logOfADeletedFileIsNotTakenForANewOnes() async throws {
        try await withLedgerFolder { folder in
            var story = Story()
            try story.task("t")
            let before = try folder.open()
            try await before.apply(story.batch)
            try FileManager.default.removeItem(atPath: folder.file)
            let after = try folder.open()
            #expect(try await after.position() == nil)
            #expect(try await after.task(task, in: .default) == nil)
        }
    }

    @Test func folderThatCannotBeUsedIsSaidAtOnce() throws {
        #expect { try LedgerFolder(path: "/proc/moltbot").open() } throws: { ($0 as? LedgerError)?.code == .unusable }
    }

    @Test func retentionTakesTheOldestAndTheirSums() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for number in 0..<1200 {
                try story.task("t\(number)", at: number) { $0.metadata = ["n": "x"] }
                try story.event(.completed, of: "t\(number)", at: number + 1, result: String(repeating: "r", count: 1000))
            }
            try await store.apply(story.batch)
            let byAge = LedgerRetention(age: .seconds(100), maximumBytes: .max)
            while try await store.removeExpired(byAge, now: Story.at(1100)) {}
            #expect(try await store.statistics(of: nil, minutesSince: Story.start).counts == [.completed: 200])
            #expect(try await store.task(try #require(TaskID("t999")), in: .default) == nil)
            #expect(try await store.task(try #require(TaskID("t1000")), in: .default) != nil)
            var filter = TaskFilter(workspace: .default)
            filter.metadata = ["n": "x"]
            #expect(try await store.tasks(filter, limit: 1000).tasks.count == 200)
            let bySize = LedgerRetention(age: .seconds(1_000_000), maximumBytes: 1)
            while try await store.removeExpired(bySize, now: Story.at(1100)) {}
            #expect(try await store.statistics(of: nil, minutesSince: Story.start).counts == [:])
            let pages = try await store.file.read { db in try Int.fetchOne(db, sql: "PRAGMA page_count") }
            #expect(pages ?? .max < 100)
        }
    }

    @Test func streamThatBeginsAnewGivesNumbersOfItsOwn() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            try story.task("old")
            try await store.apply(story.batch)
            var next = Story()
            try next.task("new", at: 1)
            try await store.apply(LedgerBatch(entries: next.entries, beginsAnew: true))
            let tasks = try await store.tasks(TaskFilter(workspace: nil), limit: 10).tasks
            #expect(tasks.map(\.id.rawValue) == ["new", "old"])
            #expect(try await store.position()?.offset == 0)
        }
    }

    @Test func resultTooLargeToKeepIsNotAnEmptyOne() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            try story.task("t")
            try story.event(.completed, of: "t", at: 1, result: String(repeating: "x", count: LedgerProjection.largestResult))
            try await store.apply(story.batch)
            let detail = try #require(try await store.task(task, in: .default))
            #expect(detail.record.status == .completed)
            #expect(detail.end == nil)
            #expect(detail.isResultTooLarge)
            #expect(try await store.answers(to: [LedgerQuestion(taskID: task, workspace: .default)]) == [.unknown])
        }
    }
}
