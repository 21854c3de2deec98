import MoltBotCore
import Testing

@testable import MoltBotWorker

@Suite("Limits of keys and lanes") struct KeyLimitTests {
    @Test("A call goes to the key that has room; when none has, it stands in line for the first that is free")
    func concurrency() throws {
        var pool = PoolFixture(["only"], keys: ["a", "b"], keyLimits: RateLimits(concurrency: 1))
        let begunFirst = pool.call()
        let first = try #require(begunFirst)
        let begunSecond = pool.call()
        let second = try #require(begunSecond)
        #expect([first.key, second.key] == [0, 1])
        guard case .line(let ticket) = pool.begin() else {
            Issue.record("a call began beyond the limits of all keys")
            return
        }
        #expect(!ticket.granted.hasFired)
        pool.end(second, nil)
        #expect(ticket.granted.hasFired)
    }

    @Test("Who comes back for its turn finds it, also when somebody of a lower lane asked before")
    func claimedTurn() throws {
        var pool = PoolFixture(["only"], limits: RateLimits(requestsPerMinute: 120))
        for _ in 0..<2 {
            let begun = pool.call()
            pool.end(try #require(begun), nil)
        }
        guard case .wait(_, let low?) = pool.begin(lane: .low), case .wait(let time, let critical?) = pool.begin(lane: .critical) else {
            Issue.record("a call began beyond the limit")
            return
        }
        pool.now += time
        guard case .wait(let pause, low) = pool.begin(lane: .low, slot: low),
            case .call(let call) = pool.begin(lane: .critical, slot: critical)
        else {
            Issue.record("the lower lane went first")
            return
        }
        pool.end(call, nil)
        pool.now += max(pause, time)
        guard case .call = pool.begin(lane: .low, slot: low) else {
            Issue.record("the lower lane never gets its turn")
            return
        }
    }

    @Test("Requests a minute of all keys together pass, and none is asked more than its own")
    func requests() {
        var pool = PoolFixture(["only"], keys: ["a", "b"], keyLimits: RateLimits(requestsPerMinute: 60))
        var calls = [0, 0]
        // One task after the other looks again until its turn has come.
        var slot: TimeSlot?
        for _ in 0..<600 {
            switch pool.begin(slot: slot) {
            case .call(let call):
                calls[call.key] += 1
                pool.end(call, nil)
                slot = nil
            case .wait(_, let promised): slot = promised ?? slot
            case .line, .none: Issue.record("nothing said when to look again")
            }
            pool.now += .milliseconds(100)
        }
        #expect(calls.allSatisfy { $0 <= 61 }, "\(calls)")
        #expect(calls.reduce(0, +) >= 110, "\(calls)")
    }
}
