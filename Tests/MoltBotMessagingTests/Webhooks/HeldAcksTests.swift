import Testing

@testable import MoltBotMessaging

@Suite struct HeldAcksTests {
    private func held(running: Int, limit: Int = 100) -> HeldAcks<Int> {
        var held = HeldAcks<Int>(limit: limit)
        for _ in 0..<running { held.started() }
        return held
    }

    @Test func whatEndsWithinAMomentLeavesTogether() {
        var held = held(running: 4)
        #expect(held.ended(2) == .wait)
        #expect(held.ended(1) == .nothing)
        #expect(held.ended(3) == .nothing)
        #expect(held.waited() == [2, 1, 3])
        #expect(held.ended(4) == .settle([4]), "nothing runs that could come along")
    }

    @Test func theLastOneThatRunsTakesAllWithIt() {
        var held = held(running: 2)
        #expect(held.ended(1) == .wait)
        #expect(held.ended(2) == .settle([1, 2]))
        #expect(held.waited() == [])
        held.started()
        held.started()
        #expect(held.ended(3) == .wait, "the next moment begins anew")
    }

    @Test func oneThatStaysInTheQueueIsNotAcked() {
        var held = held(running: 3)
        #expect(held.ended(nil) == .nothing)
        #expect(held.ended(1) == .wait)
        #expect(held.ended(nil) == .settle([1]))
    }

    @Test func noMoreThanTheLimitIsHeldBack() {
        var held = held(running: 10, limit: 2)
        #expect(held.ended(1) == .wait)
        #expect(held.ended(2) == .settle([1, 2]))
        #expect(held.ended(3) == .nothing, "the first moment is not over yet")
        #expect(held.waited() == [3])
    }

    @Test func withAPrefetchOfOneEachLeavesAtOnce() {
        var held = HeldAcks<Int>(limit: 0)
        for number in 1...3 {
            held.started()
            #expect(held.ended(number) == .settle([number]))
        }
    }
}

extension HeldAcks.Action: Equatable where Delivery: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.nothing, .nothing), (.wait, .wait): true
        case (.settle(let left), .settle(let right)): left == right
        default: false
        }
    }
}
