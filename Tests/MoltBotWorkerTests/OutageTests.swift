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

    @Test("A task that came for a fallback takes a free place or none, and keeps none from others")
    func fullFallback() throws {
        var pool = PoolFixture(["only"], limits: RateLimits(concurrency: 1))
        let begunCall = pool.call()
        let call = try #require(begunCall)
        for _ in 0..<3 {
            guard case .none = pool.begin(isFallback: true) else {
                Issue.record("it stands in line")
                return
            }
        }
        pool.end(call, nil)
        #expect(pool.call() != nil)
    }
}
