import MoltBotCore
import Testing

@testable import MoltBotWorker

/// Faults that users of other gateways report, each as a story that must not happen here.
@Suite("Faults of other gateways") struct PeerFaultTests {
    @Test("All traffic comes back at once when a cooldown is over (LiteLLM): here a single call finds out")
    func singleProbe() throws {
        var pool = PoolFixture(["first", "second"])
        pool.breakFirst()
        #expect(pool.call()?.deployed.name == "second")
        pool.now += .seconds(6)
        let begunProbe = pool.call()
        let probe = try #require(begunProbe)
        #expect(probe.deployed.name == "first")
        #expect(probe.isProbe)
        for _ in 0..<10 { #expect(pool.call()?.deployed.name == "second") }
        let changes = pool.end(probe, nil)
        #expect(changes.map(\.kind) == [.closed])
        #expect(pool.call()?.deployed.name == "first")
    }

    @Test("A cooldown always has the same length (LiteLLM): here each failed probe makes it longer")
    func growingOpening() throws {
        var pool = PoolFixture(["first"])
        pool.breakFirst()
        var openings: [Duration] = []
        for _ in 0..<3 {
            pool.now += .seconds(400)
            let begunProbe = pool.call()
            let probe = try #require(begunProbe)
            for change in pool.end(probe, .serverError) { if case .opened(let time) = change.kind { openings.append(time) } }
        }
        #expect(openings == [.seconds(10), .seconds(20), .seconds(40)])
    }

    @Test("Only the first deployment of a chain is ever cooled (LiteLLM 32574): here every one is")
    func laterOnesAsWell() {
        var pool = PoolFixture(["first", "second"])
        pool.breakFirst()
        for _ in 0..<5 { if let call = pool.call() { pool.end(call, .serverError) } }
        guard case .none(let until, let reason) = pool.begin() else {
            Issue.record("a call began at a deployment that is out")
            return
        }
        #expect(until == pool.now + .seconds(5))
        #expect(reason?.kind == .serverError)
    }

    @Test(
        "Running out of money is no reason to stop calling (LiteLLM 37592): here the key is out",
        arguments: [ModelError.Kind.quotaExhausted, .auth])
    func emptyKey(_ kind: ModelError.Kind) throws {
        var pool = PoolFixture(["only"], keys: ["a", "b"])
        let begunCall = pool.call()
        let call = try #require(begunCall)
        #expect(call.key == 0)
        #expect(pool.end(call, kind).map(\.key) == ["a"])
        for _ in 0..<10 { #expect(pool.call()?.key == 1) }
        // Taken back when it was paid for, by one call that finds out.
        pool.now += .seconds(61)
        let begunProbe = pool.call()
        let probe = try #require(begunProbe)
        #expect(probe.key == 0)
        #expect(pool.call()?.key == 1)
        pool.end(probe, nil)
        #expect(pool.call()?.key == 0)
    }

    @Test("A pause of 30 s becomes one of 600 s when it is shared (LiteLLM 35104): here it stays what the provider said")
    func pauseIsNotMultiplied() throws {
        var pool = PoolFixture(["only"], keys: ["a"])
        let begunCall = pool.call()
        let call = try #require(begunCall)
        #expect(pool.end(call, .rateLimited, retryAfter: .seconds(30)).map(\.kind) == [.paused(.seconds(30))])
        for _ in 0..<20 { pool.heard(.paused(.seconds(30)), "only", key: "a") }
        #expect(pool.call() == nil)
        pool.now += .seconds(30)
        #expect(pool.call() != nil)
    }

    @Test("A 429 counts as a fault of the deployment (LiteLLM): here it pauses one key, and is nobody's fault")
    func limitIsNoFault() {
        var pool = PoolFixture(["only"], keys: ["a", "b"])
        for _ in 0..<20 {
            guard let call = pool.call() else { break }
            pool.end(call, .rateLimited, retryAfter: .seconds(10))
        }
        guard case .wait(let time, nil) = pool.begin() else {
            Issue.record("a task does not wait for the end of a pause")
            return
        }
        #expect(time >= .seconds(10) && time <= .seconds(11))
    }

    @Test("Bad requests are retried and cool the deployment (TensorZero, LiteLLM): here they say that it is well")
    func badRequests() {
        var pool = PoolFixture(["only"])
        for kind in [ModelError.Kind.invalidRequest, .contextLength, .contentPolicy] {
            for _ in 0..<20 { if let call = pool.call() { pool.end(call, kind) } }
        }
        #expect(pool.call() != nil)
    }

    @Test("A wrong key or model takes down everything of a provider: here only what it is about")
    func nothingElse() {
        var ghost = PoolFixture(["ghost"])
        let other = PoolFixture(["other"])
        if let call = ghost.call() { ghost.end(call, .notFound) }
        #expect(ghost.call() == nil)
        var sibling = other
        #expect(sibling.call() != nil)
        // The address of all the other models does not answer for one that it does not know.
        var any = PoolFixture(["any"], isCatchAll: true)
        if let call = any.call() { any.end(call, .notFound) }
        #expect(any.call() != nil)
    }

    @Test("Tasks with a timeout no model can keep take a deployment down for all: here they say nothing about it")
    func hastyTasks() {
        var pool = PoolFixture(["only"])
        for _ in 0..<20 { if let call = pool.call() { pool.end(call, .timeout, lasted: .milliseconds(50)) } }
        #expect(pool.call() != nil)
        for _ in 0..<5 { if let call = pool.call() { pool.end(call, .timeout, lasted: .seconds(20)) } }
        #expect(pool.call() == nil)
    }

    @Test("Ten workers burn five calls each: here one worker's finding is everybody's")
    func sharedFindings() {
        var pool = PoolFixture(["first", "second"])
        pool.heard(.opened(.seconds(5)), "first")
        #expect(pool.call()?.deployed.name == "second")
        pool.heard(.closed, "first")
        #expect(pool.call()?.deployed.name == "first")
    }

    @Test("A cancelled probe closes the door for ever: here the next call finds out instead")
    func abandonedProbe() throws {
        var pool = PoolFixture(["first", "second"])
        pool.breakFirst()
        pool.now += .seconds(6)
        let begunProbe = pool.call()
        let probe = try #require(begunProbe)
        pool.end(probe, .cancelled)
        let begunNext = pool.call()
        let next = try #require(begunNext)
        #expect(next.deployed.name == "first")
        #expect(next.isProbe)
    }
}
