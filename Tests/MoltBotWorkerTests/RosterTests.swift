import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotWorker

@Suite("Worker roster") struct RosterTests {
    @Test("Those that live divide a limit; who leaves or falls silent has no part of it")
    func shares() {
        let start = ContinuousClock.now
        var roster = WorkerRoster(own: "b")
        #expect(roster.share(at: start) == .whole)
        roster.heard(WorkerPresence(worker: "a"), at: start)
        roster.heard(WorkerPresence(worker: "c"), at: start)
        roster.heard(WorkerPresence(worker: "b"), at: start)
        #expect(roster.share(at: start) == LimitShare(rank: 1, workers: 3))
        roster.heard(WorkerPresence(worker: "c", isLeaving: true), at: start)
        #expect(roster.share(at: start) == LimitShare(rank: 1, workers: 2))
        #expect(roster.share(at: start + .seconds(17)) == .whole)
    }
}

@Suite("Latency histogram") struct LatencyHistogramTests {
    @Test("Percentiles are right within an eighth, from a tenth of a millisecond to minutes")
    func percentiles() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.5) == nil)
        for milliseconds in 1...1000 { histogram.record(.milliseconds(milliseconds)) }
        for (part, expected) in [(0.5, 500.0), (0.99, 990), (1, 1000)] {
            let value = try #require(histogram.percentile(part)) / .milliseconds(1)
            #expect(value >= expected && value <= expected * 1.125, "\(part)")
        }
        histogram.record(.seconds(3600))
        #expect(try #require(histogram.percentile(1)) > .seconds(100))
    }
}
