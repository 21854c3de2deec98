import MoltBotCore
import Testing

@Suite("Latency estimate")
struct LatencyEstimateTests {
    private let start = ContinuousClock.now

    @Test("A slow call counts at once, and newer calls replace it: the window slides")
    func slides() throws {
        var estimate = LatencyEstimate()
        #expect(estimate.milliseconds(at: start) == nil)
        estimate.observe(.milliseconds(100), at: start)
        estimate.observe(.milliseconds(2000), at: start)
        #expect(try #require(estimate.milliseconds(at: start)) == 2000)
        for second in 1...60 { estimate.observe(.milliseconds(100), at: start + .seconds(second)) }
        let settled = try #require(estimate.milliseconds(at: start + .seconds(60)))
        #expect(settled < 120, "\(settled)")
    }

    @Test("Fades without calls, so that a slow one is tried again")
    func fades() throws {
        var estimate = LatencyEstimate()
        estimate.observe(.milliseconds(1000), at: start)
        #expect(try #require(estimate.milliseconds(at: start + LatencyEstimate.memory)) == 500)
        #expect(try #require(estimate.milliseconds(at: start + .seconds(600))) < 20)
    }
}
