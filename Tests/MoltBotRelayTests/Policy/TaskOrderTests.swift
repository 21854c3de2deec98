import MoltBotCore
import MoltBotRelay
import Testing

@Suite struct TaskOrderTests {
    private let start = ContinuousClock.now

    @Test func onlyTheHeadOfATaskIsSentAndOthersGoOn() {
        var order = TaskOrder()
        #expect(order.arrived("a1", of: "a", at: start) == .now)
        #expect(order.arrived("a2", of: "a", at: start) == .soon)
        #expect(order.arrived("b1", of: "b", at: start) == .now)
        order.left("a1", of: "a")
        #expect(order.arrived("a2", of: "a", at: start) == .now)
    }

    @Test func thoseBehindAFailedHeadFollowItIntoTheLadder() {
        var order = TaskOrder()
        let retry = start + .seconds(5)
        #expect(order.arrived("a1", of: "a", at: start) == .now)
        order.wentAway("a1", of: "a", until: retry)
        #expect(order.arrived("a2", of: "a", at: start) == .after(retry))
        #expect(order.arrived("a3", of: "a", at: start) == .after(retry))
        #expect(order.arrived("b1", of: "b", at: start) == .now)

        // They come back out of turn, and take their places again.
        #expect(order.arrived("a3", of: "a", at: retry) == .after(retry))
        #expect(order.arrived("a1", of: "a", at: retry) == .now)
        #expect(order.arrived("a2", of: "a", at: retry) == .soon)
        order.left("a1", of: "a")
        #expect(order.arrived("a2", of: "a", at: retry) == .now)
        order.left("a2", of: "a")
        #expect(order.arrived("a3", of: "a", at: retry) == .now)
    }

    @Test func headThatNeverComesBackHoldsUpNobodyForEver() {
        var order = TaskOrder()
        #expect(order.arrived("a1", of: "a", at: start) == .now)
        order.wentAway("a1", of: "a", until: start)
        #expect(order.arrived("a2", of: "a", at: start + TaskOrder.lateness + .seconds(1)) == .now)
    }

    @Test func whatStaysInTheQueueKeepsThoseBehindItThereToo() {
        var order = TaskOrder()
        #expect(order.arrived("a1", of: "a", at: start) == .now)
        #expect(order.arrived("a2", of: "a", at: start) == .soon)
        order.stayed(in: "a")
        #expect(order.arrived("a2", of: "a", at: start) == .stay)
        order.consumerStarted()
        #expect(order.arrived("a1", of: "a", at: start) == .now)
        #expect(order.arrived("a2", of: "a", at: start) == .soon)
    }
}
