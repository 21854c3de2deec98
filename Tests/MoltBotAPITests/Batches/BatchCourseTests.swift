import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotAPI

@Suite("The course of a batch") struct BatchCourseTests {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)
    private static let day = Duration.seconds(86_400)

    private func course(_ total: Int, concurrency: Int) -> BatchCourse {
        let batch = TaskBatch(id: "b", workspace: .default, total: total, concurrency: concurrency, acceptedAt: Self.start)
        return BatchCourse(batch, BatchNotes(batch, now: Self.start))
    }

    @Test("As many are handed over as it allows, and others as these end")
    func ordinary() {
        var course = course(10, concurrency: 3)
        // The ledger may hear of the tasks before they are handed over, or only then.
        #expect(course.saw(.init(waiting: 10, heard: 0, ended: 0), at: Self.start) == .release(3))
        #expect(course.saw(.init(waiting: 7, heard: 3, ended: 0), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 7, heard: 10, ended: 0), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 7, heard: 10, ended: 2), at: Self.start) == .release(2))
        #expect(course.saw(.init(waiting: 2, heard: 10, ended: 8), at: Self.start) == .release(2))
    }

    @Test("An empty queue is no end: what a lost channel had taken comes back")
    func emptyQueue() {
        var course = course(200, concurrency: 200)
        #expect(course.saw(.init(waiting: 200, heard: 0, ended: 0), at: Self.start) == .release(200))
        #expect(course.saw(.init(waiting: 0, heard: 40, ended: 0), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 160, heard: 40, ended: 40), at: Self.start) == .release(160))
        #expect(course.saw(.init(waiting: 0, heard: 200, ended: 199), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 0, heard: 200, ended: 200), at: Self.start) == .done)
    }

    @Test("A queue that is gone is an error while tasks have not ended, and the end when all have")
    func noQueue() {
        var course = course(5, concurrency: 1)
        #expect(course.saw(.init(waiting: nil, heard: 5, ended: 1), at: Self.start) == .lost)
        #expect(course.saw(.init(waiting: nil, heard: 5, ended: 5), at: Self.start) == .done)
    }

    @Test("What is empty for a day, without an end of any task, is not looked at again")
    func abandoned() {
        var course = course(5, concurrency: 5)
        #expect(course.saw(.init(waiting: 0, heard: 5, ended: 3), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 0, heard: 5, ended: 4), at: Self.start + Self.day) == .rest)
        #expect(course.saw(.init(waiting: 0, heard: 5, ended: 4), at: Self.start + Self.day + .seconds(86_399)) == .rest)
        #expect(course.saw(.init(waiting: 0, heard: 5, ended: 4), at: Self.start + Self.day + Self.day) == .done)
    }

    @Test("A ledger that never heard of most of it lets it go on as before")
    func rebuiltLedger() {
        var course = course(5000, concurrency: 5)
        // 3,000 have ended; the stream begins after that, with five tasks handed over.
        #expect(course.saw(.init(waiting: 1995, heard: 5, ended: 0), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 1995, heard: 5, ended: 3), at: Self.start) == .release(3))
        #expect(course.saw(.init(waiting: 0, heard: 2000, ended: 2000), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 0, heard: 2000, ended: 2000), at: Self.start + Self.day) == .done)
    }

    @Test("A ledger that missed the end of some stops it for a day, once")
    func missedEnds() {
        var course = course(5000, concurrency: 5)
        // The node was off while seven ended, and the stream has lost that.
        #expect(course.saw(.init(waiting: 4000, heard: 5000, ended: 993), at: Self.start) == .rest)
        #expect(course.saw(.init(waiting: 4000, heard: 5000, ended: 993), at: Self.start + Self.day) == .excuse(5))
        #expect(course.notes.excused == 7)
        let later = Self.start + Self.day + .seconds(60)
        #expect(course.saw(.init(waiting: 3995, heard: 5000, ended: 993), at: later) == .rest)
        #expect(course.saw(.init(waiting: 3995, heard: 5000, ended: 998), at: later) == .release(5))
    }

    @Test("Its queue is used once a week, or else it expires")
    func use() {
        var course = course(10, concurrency: 1)
        #expect(!course.needsUse(at: Self.start + .seconds(6 * 86_400)))
        #expect(course.needsUse(at: Self.start + .seconds(7 * 86_400)))
        course.used(at: Self.start + .seconds(7 * 86_400))
        #expect(!course.needsUse(at: Self.start + .seconds(8 * 86_400)))
    }
}

@Suite("A batch's turn") struct BatchTurnTests {
    private let start = ContinuousClock.now

    @Test("ends within seconds for one that rests, when others wait")
    func resting() {
        var turn = BatchTurn(at: start)
        #expect(turn.pause(at: start) == .seconds(5))
        #expect(!turn.looks(at: start + .seconds(4)))
        #expect(turn.looks(at: start + .seconds(5)))
        #expect(turn.looked(hasOthers: false, at: start + .seconds(5)) == false)
        #expect(turn.pause(at: start + .seconds(5)) == .seconds(10))
        #expect(turn.looked(hasOthers: true, at: start + .seconds(15)) == true)
    }

    @Test("ends within a minute for one that goes on, when others wait")
    func busy() {
        var turn = BatchTurn(at: start)
        for second in [5, 10, 55] {
            turn.changed(at: start + .seconds(second - 1))
            #expect(turn.looks(at: start + .seconds(second)))
            #expect(turn.looked(hasOthers: true, at: start + .seconds(second)) == false)
        }
        turn.changed(at: start + .seconds(60))
        #expect(turn.looked(hasOthers: true, at: start + .seconds(60)) == true)
    }

    @Test("ends before the broker takes the batch away")
    func longest() {
        let turn = BatchTurn(at: start)
        #expect(!turn.isOver(at: start + .seconds(19 * 60)))
        #expect(turn.isOver(at: start + .seconds(20 * 60)))
    }
}
