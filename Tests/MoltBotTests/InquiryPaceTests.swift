import Testing

@testable import MoltBot

/// A client asks for as long as somebody waits, and costs the ledger little.
@Suite struct InquiryPaceTests {
    @Test func asksAtOnceThenLessAndLessOften() {
        var pace = InquiryPace()
        var pauses: [Duration] = []
        for _ in 0..<6 {
            _ = pace.next()
            pauses.append(pace.pause(jitter: 0.5))
        }
        #expect(pauses == [.seconds(5), .seconds(15), .seconds(30), .seconds(60), .seconds(60), .seconds(60)])
        #expect(pace.pause(jitter: 0) == .seconds(45))
        #expect(pace.pause(jitter: 1) == .seconds(75))
    }

    @Test func readsTheLedgerAFewTimesWithGrowingPatienceThenAsksNodesAlone() {
        var pace = InquiryPace()
        let efforts = (0..<5).map { _ in pace.next() }
        #expect(efforts.map(\.patience) == [.seconds(2), .seconds(5), .seconds(10), .seconds(10), .seconds(10)])
        #expect(efforts.map(\.readsLedger) == [true, true, true, false, false])
    }
}
