import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

/// Who may call the model, and who has to wait or to take the answer that is there.
@Suite(.timeLimit(.minutes(30))) struct LookupAnswersTests {
    /// Asks for a task with the key "k" after what `tell` tells. Times are of today: what is a day old counts as lost.
    private func answer(
        for id: String, redrives: Int = 0, key: String? = "k", _ tell: (inout Story) throws -> Void
    ) async throws -> LedgerAnswer {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            try tell(&story)
            try await store.apply(story.batch)
            return try await store.answers(to: [
                LedgerQuestion(taskID: try #require(TaskID(id)), workspace: .default, redrives: redrives, idempotencyKey: key)
            ])[0]
        }
    }

    private func keyed(_ task: inout LedgerTask) {
        task.idempotencyKey = "k"
        task.createdAt = .now()
    }

    @Test func endedTaskShowsItsEnd() async throws {
        let answer = try await answer(for: "a") {
            try $0.task("a", keyed)
            try $0.event(.failed, of: "a", at: 1)
        }
        guard case .ended(let event) = answer else { Issue.record("\(answer)"); return }
        #expect(event.outcome?.status == .failed)
    }

    @Test func secondPayloadOfOneTaskIsRefused() async throws {
        try await withLedgerFolder { folder in
            let store = try folder.open()
            var story = Story()
            for payload in ["first", "second"] {
                try story.task("a") { task in
                    keyed(&task)
                    task.fingerprint = payload
                }
            }
            try await store.apply(story.batch)
            let id = try #require(TaskID("a"))
            let questions = ["first", "second", nil].map {
                LedgerQuestion(taskID: id, workspace: .default, idempotencyKey: "k", fingerprint: $0)
            }
            #expect(try await store.answers(to: questions) == [.open(.queued), .refused, .open(.queued)])
        }
    }

    @Test func taskThatWasPutBackMayBeCalled() async throws {
        #expect(
            try await answer(for: "a", redrives: 1) {
                try $0.task("a", keyed)
                try $0.event(.failed, of: "a", at: 1)
                try $0.task("a", redrives: 1, keyed)
            } == .open(.queued))
    }

    @Test func completedTaskWithTheSameKeyAnswersForAll() async throws {
        let answer = try await answer(for: "c") {
            try $0.task("a", keyed)
            try $0.event(.failed, of: "a", at: 1)
            try $0.task("b", keyed)
            try $0.event(.completed, of: "b", at: 2, result: "paid")
            try $0.task("c", keyed)
        }
        guard case .paid(let event) = answer else { Issue.record("\(answer)"); return }
        #expect(event.outcome?.result == "paid")
    }

    @Test func earliestGoesAheadAndTheOthersWaitForIt() async throws {
        func tell(_ story: inout Story) throws {
            try story.task("a", keyed)
            try story.task("b", keyed)
            try story.task("c", keyed)
            try story.event(.running, of: "b", at: 1)
        }
        #expect(try await answer(for: "a", tell) == .open(.queued))
        #expect(try await answer(for: "b", tell) == .waitsFor(try #require(TaskID("a"))))
        #expect(try await answer(for: "c", tell) == .waitsFor(try #require(TaskID("a"))))
        // Its own message may not be in the stream: then it is later than all others.
        #expect(try await answer(for: "d", tell) == .waitsFor(try #require(TaskID("a"))))
    }

    @Test func howManyShareAKeyMakesNoDifference() async throws {
        func tell(_ story: inout Story) throws {
            for number in 0..<500 { try story.task("t\(number)", keyed) }
        }
        #expect(try await answer(for: "t0", tell) == .open(.queued))
        #expect(try await answer(for: "t1", tell) == .waitsFor(try #require(TaskID("t0"))))
        #expect(try await answer(for: "t499", tell) == .waitsFor(try #require(TaskID("t0"))))
        let paid = try await answer(for: "t1") {
            try tell(&$0)
            try $0.event(.completed, of: "t0", at: 2, result: "paid")
        }
        guard case .paid(let event) = paid else { Issue.record("\(paid)"); return }
        #expect(event.outcome?.taskID.rawValue == "t0")
    }

    @Test func failedTaskFreesItsKeyForTheNext() async throws {
        #expect(
            try await answer(for: "b") {
                try $0.task("a", keyed)
                try $0.task("b", keyed)
                try $0.event(.failed, of: "a", at: 1)
            } == .open(.queued))
    }

    @Test func taskThatNobodyHasHeardOfForADayHoldsUpNobody() async throws {
        #expect(
            try await answer(for: "b") {
                try $0.task("a") {
                    $0.idempotencyKey = "k"; $0.createdAt = Timestamp.now() + .seconds(-90_000)
                }
                try $0.task("b", keyed)
            } == .open(.queued))
    }

    @Test func otherKeysAndTasksWithoutOneAreTheirOwn() async throws {
        func tell(_ story: inout Story) throws {
            try story.task("a") {
                $0.idempotencyKey = "other"; $0.createdAt = .now()
            }
            try story.task("b", keyed)
        }
        #expect(try await answer(for: "b", tell) == .open(.queued))
        #expect(try await answer(for: "a", key: nil, tell) == .open(.queued))
        #expect(try await answer(for: "x", key: nil, tell) == .unknown)
    }
}
