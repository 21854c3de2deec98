import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

@Suite struct TaskRecordFoldTests {
    /// Folds what a story tells of its one task, in the order given.
    private func fold(_ entries: [LedgerEntry]) throws -> TaskRecord {
        var record: TaskRecord?
        for entry in entries {
            switch entry.content {
            case .task(let task):
                if record == nil { record = TaskRecord(task, number: 0, now: Story.at(0)) }
                _ = record?.apply(task)
            case .event(let event):
                let outcome = try #require(event.outcome)
                if record == nil { record = TaskRecord(outcome, number: 0, at: event.time) }
                _ = record?.apply(event)
            default: break
            }
        }
        return try #require(record)
    }

    @Test func taskGoesFromItsQueueToItsEnd() throws {
        var story = Story()
        try story.task("t")
        #expect(try fold(story.entries).status == .queued)
        try story.event(.running, of: "t", at: 1)
        #expect(try fold(story.entries).status == .running)
        #expect(try fold(story.entries).startedAt == Story.at(1))
        try story.event(.retrying, of: "t", at: 2)
        #expect(try fold(story.entries).status == .retrying)
        try story.event(.running, of: "t", at: 3)
        try story.event(.completed, of: "t", at: 4)
        let record = try fold(story.entries)
        #expect(record.status == .completed)
        #expect(record.startedAt == Story.at(1))
        #expect(record.endedAt == Story.at(4))
        #expect(record.cost == 0.5)
    }

    @Test func firstNewsCountAlsoByAClockThatIsBehindTheSenders() throws {
        var story = Story()
        try story.task("t", at: 10)
        try story.event(.running, of: "t", at: 9)
        #expect(try fold(story.entries).status == .running)
        try story.event(.retrying, of: "t", at: 10)
        try story.event(.running, of: "t", at: 8)
        #expect(try fold(story.entries).status == .retrying)
    }

    @Test func everyOrderAndEveryRepetitionEndsTheSame() throws {
        var story = Story()
        try story.task("t") { $0.metadata = ["ticket": "42"] }
        try story.event(.running, of: "t", at: 1)
        try story.event(.retrying, of: "t", at: 2)
        try story.event(.completed, of: "t", at: 4, result: "42") {
            $0.startedAt = Story.at(1); $0.metadata = ["ticket": "42"]
        }
        let expected = try fold(story.entries)
        for order in story.entries.permutations {
            #expect(try fold(order) == expected, "\(order.map(\.offset))")
            #expect(try fold(order + order) == expected, "\(order.map(\.offset))")
        }
    }

    @Test func firstEndOfALifeIsTheOneThatCounts() throws {
        var story = Story()
        try story.task("t")
        try story.event(.completed, of: "t", at: 4)
        try story.event(.failed, of: "t", at: 5)
        try story.event(.running, of: "t", at: 6)
        let record = try fold(story.entries)
        #expect(record.status == .completed)
        #expect(record.errorType == nil)
        #expect(record.endedAt == Story.at(4))
    }

    @Test func taskThatIsPutBackLivesAgain() throws {
        var story = Story()
        try story.task("t")
        try story.event(.failed, of: "t", at: 4)
        try story.task("t", redrives: 1)
        var record = try fold(story.entries)
        #expect(record.status == .queued)
        #expect(record.errorType == nil)
        #expect(record.endedAt == nil)
        try story.event(.running, of: "t", at: 10)
        try story.event(.completed, of: "t", at: 12, redrives: 1)
        record = try fold(story.entries)
        #expect(record.status == .completed)
        #expect(record.redrives == 1)
        // The end of the first life, published again, is old news.
        try story.event(.failed, of: "t", at: 4)
        #expect(try fold(story.entries) == record)
    }

    @Test func lifeOfAnEventIsInItsID() throws {
        for redrives in [0, 1, 999] {
            let outcome = TaskOutcome(taskID: try #require(TaskID("a-terminal-7")), workspace: .default, status: .completed)
            #expect(TaskEvent(outcome, redrives: redrives).life == redrives)
        }
    }
}

extension Array {
    fileprivate var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let element = rest.remove(at: index)
            return rest.permutations.map { [element] + $0 }
        }
    }
}
