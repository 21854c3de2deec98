import MoltBotCore
import Testing

@testable import MoltBotWorker

/// What a task is told that comes while no deployment takes calls.
@Suite("Outages") struct OutageTests {
    private static func outage(_ pool: inout PoolFixture) throws -> Outage {
        let choice = pool.begin()
        guard case .none(let outage) = choice else { throw Unexpected(choice: choice) }
        return outage
    }

    private struct Unexpected: Error {
        let choice: DeploymentPool.Choice
    }

    @Test("While a probe is on its way the others wait as long as it has taken, one to thirty seconds")
    func probe() throws {
        var pool = PoolFixture(["only"])
        pool.breakFirst()
        pool.now += .seconds(6)
        let begunProbe = pool.call()
        let probe = try #require(begunProbe)
        var passed = Duration.zero
        for (time, pause) in [(0, 1), (1, 1), (4, 4), (20, 20), (300, 30)] as [(Int, Int)] {
            pool.now += .seconds(time) - passed
            passed = .seconds(time)
            let outage = try Self.outage(&pool)
            let told = try #require(outage.pause)
            #expect(told >= .seconds(pause) && told <= .seconds(pause) * 1.1)
        }
        // Not for a day, which is what its end being unknown looked like.
        #expect(pool.pool.statuses(at: pool.now).map(\.health) == [.toBeProbed])
        pool.end(probe, .serverError)
        let outage = try Self.outage(&pool)
        #expect(outage.pause == nil)
        #expect(outage.until == pool.now + .seconds(10))
    }

    @Test("The same holds for the probe of the only key; another one's pause ends the wait earlier")
    func keyProbe() throws {
        var pool = PoolFixture(["only"], keys: ["a"])
        if let call = pool.call() { pool.end(call, .auth) }
        #expect(try Self.outage(&pool).reason?.kind == .auth)
        pool.now += .seconds(61)
        let begunProbe = pool.call()
        let probe = try #require(begunProbe)
        #expect(probe.isKeyProbe)
        pool.now += .seconds(10)
        #expect(try #require(try Self.outage(&pool).pause) >= .seconds(10))
        pool.end(probe, nil)
        #expect(pool.call() != nil)
    }

    @Test("A fault that another worker found is waited for, and is no attempt")
    func foundElsewhere() throws {
        var pool = PoolFixture(["only"])
        pool.heard(.opened(.seconds(5)), "only")
        let pause = try #require(try Self.outage(&pool).pause)
        #expect(pause >= .seconds(5) && pause <= .seconds(5.5))
    }

    @Test("A key that is out for good makes nobody fail who can wait for the pause of another one")
    func mixedReasons() throws {
        var pool = PoolFixture(["only"], keys: ["a", "b"])
        if let call = pool.call() { pool.end(call, .auth) }
        if let call = pool.call() { pool.end(call, .rateLimited, retryAfter: .seconds(5)) }
        guard case .wait(let time, nil) = pool.begin() else {
            Issue.record("a task does not wait for the end of a pause")
            return
        }
        #expect(time >= .seconds(5) && time <= .seconds(5.5))
    }

    @Test("What a task fails with is the fault that ends first")
    func firstEnd() throws {
        var pool = PoolFixture(["first", "second"], keys: ["a"])
        if let call = pool.call() { pool.end(call, .auth) }
        for _ in 0..<5 { if let call = pool.call() { pool.end(call, .serverError) } }
        #expect(try Self.outage(&pool).reason?.kind == .serverError)
    }

    @Test("A fault that another worker saw the end of is forgotten")
    func oldFault() throws {
        var pool = PoolFixture(["only"], keys: ["a"])
        if let call = pool.call() { pool.end(call, .auth) }
        pool.heard(.closed, "only", key: "a")
        if let call = pool.call() { pool.end(call, .rateLimited, retryAfter: .seconds(5)) }
        guard case .wait(let time, nil) = pool.begin() else {
            Issue.record("a task fails with a fault that is over")
            return
        }
        #expect(time >= .seconds(5))
        pool.now += .seconds(6)
        pool.heard(.opened(.seconds(5)), "only", key: "a")
        #expect(try Self.outage(&pool).reason == nil)
    }

    @Test("An answer that says that nothing is left sends the next tasks away until there is, whether or not there are limits")
    func nothingLeft() throws {
        for limits in [RateLimits(), RateLimits(concurrency: 10)] {
            var pool = PoolFixture(["only"], keys: ["a"], limits: limits)
            let begunCall = pool.call()
            pool.end(
                try #require(begunCall), nil, hints: RateLimitHints(requests: .init(limit: 100, remaining: 0, reset: .seconds(40))))
            guard case .wait(let time, _) = pool.begin() else {
                Issue.record("a call begins, or stands in line")
                return
            }
            #expect(time >= .seconds(40))
            pool.now += .seconds(41)
            #expect(pool.call() != nil)
        }
    }

    @Test("A task with a deadline looks once more before it")
    func deadline() throws {
        var outage = Outage()
        #expect(outage.pause(before: .now() + .seconds(10)) == nil)
        outage.pause = .seconds(30)
        #expect(outage.pause(before: nil) == .seconds(30))
        #expect(try #require(outage.pause(before: .now() + .seconds(10))) <= .seconds(5))
        #expect(try #require(outage.pause(before: .now())) == .milliseconds(10))
    }
}
