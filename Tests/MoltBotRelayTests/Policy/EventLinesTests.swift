import MoltBotMessaging
import Testing

struct EventLinesTests {
    @Test func aTasksEventsBeginOneAfterTheOtherAndOthersBeside() {
        var lines = EventLines<Int>()
        let begins = [lines.arrived(1, of: "a"), lines.arrived(2, of: "a"), lines.arrived(3, of: "a"), lines.arrived(4, of: "b")]
        #expect(begins == [true, false, false, true])
        let next = [lines.ended(of: "a"), lines.ended(of: "b"), lines.ended(of: "a"), lines.ended(of: "a")]
        #expect(next == [2, nil, 3, nil])
    }

    @Test func aTaskWhoseLineIsOverBeginsAnew() {
        var lines = EventLines<Int>()
        let first = lines.arrived(1, of: "a")
        let next = lines.ended(of: "a")
        let second = lines.arrived(2, of: "a")
        #expect(first && next == nil && second)
    }

    @Test func anEventThatNeverEndsHoldsUpItsOwnTaskOnly() {
        var lines = EventLines<Int>()
        let begins = [lines.arrived(1, of: "a"), lines.arrived(2, of: "b"), lines.arrived(3, of: "a")]
        let next = lines.ended(of: "b")
        let later = lines.arrived(4, of: "a")
        #expect(begins == [true, true, false])
        #expect(next == nil && !later)
    }

    @Test func onceClosedNothingBegins() {
        var lines = EventLines<Int>()
        let begins = [lines.arrived(1, of: "a"), lines.arrived(2, of: "a")]
        lines.close()
        let next = lines.ended(of: "a")
        let other = lines.arrived(3, of: "b")
        #expect(begins == [true, false])
        #expect(next == nil && !other)
    }
}
