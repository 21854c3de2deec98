import MoltBotCore
import MoltBotMessaging
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
        // It leaves its mark behind that of the one before it.
        #expect(order.arrived("a3", of: "a", at: start) == .soon)
        order.wentAway("a2", of: "a", until: retry)
        #expect(order.arrived("a3", of: "a", at: start) == .after(retry))
        order.wentAway("a3", of: "a", until: retry)
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
        order.consumerStarted(at: start, time: .now())
        #expect(order.arrived("a1", of: "a", at: start) == .now)
        #expect(order.arrived("a2", of: "a", at: start) == .soon)
    }

    @Test func relayThatTakesOverKnowsFromTheMarksWhoIsAway() {
        let time = Timestamp.now()
        var order = TaskOrder()
        order.consumerStarted(
            [
                OrderMark(id: "a1", task: "a", until: time + .seconds(1)), OrderMark(id: "a2", task: "a", until: time + .seconds(2)),
                OrderMark(id: "b1", task: "b", until: time + .seconds(3)), OrderMark(id: "a1", task: "a", until: time + .seconds(5)),
                OrderMark(id: "b1", task: "b", until: nil),
            ], at: start, time: time)
        #expect(order.arrived("a3", of: "a", at: start) == .after(start + .seconds(5)))
        #expect(order.arrived("a2", of: "a", at: start) == .after(start + .seconds(5)))
        #expect(order.arrived("b2", of: "b", at: start) == .now)
        #expect(order.arrived("a1", of: "a", at: start + .seconds(5)) == .now)
        #expect(order.isMarked("a1", of: "a"))
        #expect(!order.isMarked("b2", of: "b"))
    }
}
