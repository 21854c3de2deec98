import MoltBotCore
import Testing

@testable import MoltBotWorker

/// Faults that users of other gateways report, each as a story that must not happen here.
///
/// | fault, and where | tests |
/// |---|---|
/// | memory grows with every call (LiteLLM 12685, 27954, 17388) | `WorkerFootprintTests`, `AnswerCacheTests` |
/// | 429 in place of a queue, no real priority (LiteLLM 31830, 2218) | `OfferedLoadTests`, `LimitTests` |
/// | cooldown of the first only, for too long, at once over, not for 402 (LiteLLM 32574, 35104, 37592) | here |
/// | the only deployment is cooled, and all fail (LiteLLM 8668) | `NetworkFaultTests.onlyDeployment` |
/// | a connection that fails is nobody's fault (LiteLLM); no failover for lost answers (Portkey 267) | `NetworkFaultTests.opens` |
/// | a server that is still starting is an error (Envoy 2327) | `NetworkFaultTests.notUpYet` |
/// | cached, reasoning and image tokens billed twice (LiteLLM 11364, 14849, 18599, 37407) | `CostTests`, providers' `PeerFaultTests` |
/// | limits shared by two counters, overshot at once, not for all calls (LiteLLM 24677, 5783, 17706) | `CallLimiterTests`, here |
/// | a stream's error after its first event (Bifrost 5395, 4911) | `FallbackTests` |
/// | an upstream that trickles (Bifrost 6472) | `SlowUpstreamTests` |
/// | limits cost processor time without load (Bifrost 4851) | `WorkerFootprintTests` |
/// | no other model to fall back to (TensorZero 2907), no circle, no end | `FailoverTests`, of the worker and of the policy |
/// | a breaker that is only a hook (Portkey 1289), findings that stay in one process | `SharedHealthTests` |
/// | a queue without deadlines (OmniRoute 495) | `LimitTests.deadline`, `OfferedLoadTests` |
/// | everything is retried (TensorZero), 408, 409 and 529 are not (Portkey) | `FailureConformanceTests.classes`, here |
/// | Retry-After is not read (TensorZero, Bifrost), or is no minimum | `RetryAfterTests`, `LearnedLimitTests` |
/// | no jitter (Portkey), no pause (LiteLLM) | `RetryPolicyTests` |
/// | timeouts of 6000 s (LiteLLM), calls that go on after their end (Portkey) | `SlowUpstreamTests`, `FailureConformanceTests.cancellation` |
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
        guard case .none(let outage) = pool.begin() else {
            Issue.record("a call began at a deployment that is out")
            return
        }
        #expect(outage.until == pool.now + .seconds(5))
        #expect(outage.reason?.kind == .serverError)
        #expect(outage.pause == nil)
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

    @Test(
        "A 429 counts as a fault of the deployment (LiteLLM): here it pauses one key, and is nobody's fault",
        arguments: [RateLimits(), RateLimits(requestsPerMinute: 6000), RateLimits(concurrency: 100)])
    func limitIsNoFault(_ limits: RateLimits) {
        var pool = PoolFixture(["only"], keys: ["a", "b"], limits: limits)
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

    @Test("Some kinds of calls are not counted (LiteLLM 17706): here every kind is")
    func everyKindCounts() {
        for content in [TaskRequest.Content.prompt("Hello"), .messages([["role": "user", "content": "Hello"]]), .input("Hello")] {
            var pool = PoolFixture(["only"], limits: RateLimits(requestsPerMinute: 1))
            guard case .call(let call) = pool.begin(content) else {
                Issue.record("the first call is refused")
                continue
            }
            pool.end(call, nil)
            guard case .wait(let time, _) = pool.begin(content) else {
                Issue.record("a call began beyond the limit")
                continue
            }
            #expect(time > .seconds(50))
        }
    }

    @Test("An image is taken for a text of its size, and holds up everybody: here it counts for what providers count")
    func images() {
        let image = "data:image/png;base64," + String(repeating: "A", count: 4_000_000)
        let part: JSONValue = ["type": "image_url", "image_url": ["url": .string(image)]]
        let request = TaskRequest(content: .messages([["role": "user", "content": [part]]]))
        #expect(ExpectedTokens(request).input < 2000)
    }

    @Test("Tools are not counted before the call, and many at once overshoot: here they are part of the estimate")
    func tools() {
        let schema: JSONValue = [
            "type": "object", "properties": ["city": ["type": "string", "description": .string(String(repeating: "x", count: 4000))]],
        ]
        var request = TaskRequest(content: .prompt("Hello"))
        let without = ExpectedTokens(request).input
        request.parameters = TaskParameters(["tools": [["type": "function", "function": ["name": "weather", "parameters": schema]]]])
        #expect(ExpectedTokens(request).input > without + 1000)
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
