import MoltBotWorker
import Testing

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

    @Test("Another process's counts never overflow it, and percentiles stay what they are")
    func absurdCounts() {
        var histogram = LatencyHistogram()
        histogram.record(.milliseconds(1))
        for _ in 0..<3 { histogram.add([Int](repeating: .max, count: 1000)) }
        histogram.add([.min, -5])
        #expect(histogram.percentile(1) != nil)
        #expect(histogram.percentile(0.5) != nil)
    }

    @Test("Counts are added class by class")
    func sums() {
        var one = LatencyHistogram()
        one.record(.milliseconds(1))
        var both = LatencyHistogram()
        both.add(one.counts)
        both.add(one.counts)
        #expect(both.count == 2)
        #expect(both.counts == one.counts.map { $0 * 2 })
    }
}
