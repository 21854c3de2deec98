import CurlHTTP
import Logging
import MoltBotCore
import Testing

@testable import MoltBotWorker

/// Each place that is taken is given back, whatever happens meanwhile.
@Suite("Account of capacity") struct CapacityAccountTests {
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

    @Test("Limits that come while calls are on their way count those calls")
    func newLimits() throws {
        var pool = PoolFixture(["only"])
        let calls = (0..<3).compactMap { _ in pool.call() }
        pool.change(["only"], limits: RateLimits(concurrency: 2))
        guard case .line(let ticket) = pool.begin() else {
            Issue.record("a call begins beyond the limit")
            return
        }
        pool.end(calls[0], nil)
        #expect(!ticket.granted.hasFired)
        pool.end(calls[1], nil)
        #expect(ticket.granted.hasFired)
        pool.end(calls[2], nil)
        // One of two places is the ticket's.
        #expect(pool.call() != nil)
        #expect(pool.call() == nil)
    }

    @Test("A call whose key is no more gives back its place, and its probe to the next one")
    func removedKey() throws {
        var pool = PoolFixture(["only"], keys: ["a"], limits: RateLimits(concurrency: 1))
        pool.breakFirst()
        pool.now += .seconds(6)
        let begunProbe = pool.call()
        let probe = try #require(begunProbe)
        pool.change(["only"], keys: ["b"], limits: RateLimits(concurrency: 1))
        pool.end(probe, nil)
        let begunNext = pool.call()
        #expect(try #require(begunNext).isProbe)
    }

    @Test("A call whose key has moved is that key's")
    func movedKey() throws {
        var pool = PoolFixture(["only"], keys: ["a", "b"])
        let begunCall = pool.call()
        let call = try #require(begunCall)
        pool.change(["only"], keys: ["b", "a"])
        #expect(pool.end(call, .auth).map(\.key) == ["a"])
        let begunNext = pool.call()
        let next = try #require(begunNext)
        #expect(next.deployed.keys[next.key].name == "b")
    }

    @Test("A backlog is told to come back one after the other; a single long call counts for no more than five seconds of it")
    func backlog() {
        let now = ContinuousClock.now
        var capacity = LimitedCapacity(RateLimits(concurrency: 1), share: .whole, at: now)
        #expect((1...100).map { _ in capacity.reservePlace(callLength: .seconds(2), at: now) } == (1...100).map { .seconds(2 * $0) })
        capacity.grant()
        #expect(capacity.reservePlace(callLength: .seconds(300), at: now) == .seconds(5))
    }

    @Test("Tasks that cannot wait for their turn take no turn from others")
    func deadlines() {
        var pool = PoolFixture(["only"], limits: RateLimits(requestsPerMinute: 60))
        // A load far above the limit. The first one leaves at once, and the others wait up to ten seconds.
        for _ in 0..<200 {
            guard case .wait(let time, let slot) = pool.begin(patience: .seconds(10)) else { continue }
            #expect((slot != nil) == (time < .seconds(10)))
        }
        pool.now += .seconds(20)
        #expect(pool.call() != nil)

        let budget = WorkspaceBudget(RateLimits(requestsPerMinute: 60), of: .default, share: .whole)
        var needs = CallNeeds(TaskRequest(content: .prompt("Hello")), lane: .normal, default: .availability)
        needs.patience = .seconds(10)
        for _ in 0..<200 {
            let choice = budget.begin(needs) { _ in
                guard let call = pool.call() else { return .wait(.seconds(1), nil) }
                return .call(call)
            }
            if case .wait(let time, _) = choice { #expect(time < .seconds(12)) }
        }
    }

    @Test("New limits of a workspace count the calls that are on their way, and end with them")
    func newBudget() throws {
        var pool = PoolFixture(["only"])
        let budget = WorkspaceBudget(RateLimits(concurrency: 2), of: .default, share: .whole)
        let needs = CallNeeds(TaskRequest(content: .prompt("Hello")), lane: .normal, default: .availability)
        let calls = (0..<2).compactMap { _ in pool.call() }
        func begin() -> DeploymentPool.Choice { budget.begin(needs) { _ in .call(calls[0]) } }
        guard case .call(let first) = begin(), case .call(let second) = begin() else {
            Issue.record("there are two places")
            return
        }
        budget.change(to: RateLimits(concurrency: 1))
        budget.ended(first, CallEnd(duration: .seconds(1)))
        guard case .line(let ticket) = begin() else {
            Issue.record("a call begins beyond the limit")
            return
        }
        budget.ended(second, CallEnd(duration: .seconds(1)))
        #expect(ticket.granted.hasFired)
    }

    @Test("A key that is taken away and put back owes nothing to the calls before")
    func returnedKey() throws {
        var pool = PoolFixture(["only"], keys: ["a"], keyLimits: RateLimits(concurrency: 1))
        let begunCall = pool.call()
        let call = try #require(begunCall)
        pool.now += .seconds(1)
        pool.change(["only"], keys: ["b"], keyLimits: RateLimits(concurrency: 1))
        pool.change(["only"], keys: ["a"], keyLimits: RateLimits(concurrency: 1))
        pool.end(call, nil)
        #expect(pool.call() != nil)
        #expect(pool.call() == nil)
    }

    @Test("A worker's parts of the keys' limits add up to its part of their sum, for each kind of limit", arguments: [1, 2, 3, 5, 6])
    func parts(_ workers: Int) {
        let limits = [1, 1, 2, 3].map { RateLimits(requestsPerMinute: 10 * $0 + 1, concurrency: $0) }
        for rank in 0..<workers {
            let share = LimitShare(rank: rank, workers: workers)
            let parts = zip(share.divided(among: limits), limits)
            #expect(parts.reduce(0) { $0 + $1.0.concurrency.part(of: $1.1.concurrency ?? 0) } == share.part(of: 7))
            #expect(parts.reduce(0) { $0 + $1.0.requests.part(of: $1.1.requestsPerMinute ?? 0) } == share.part(of: 74))
        }
    }

    @Test("A worker without a part of any key's limit sends its tasks away")
    func noPart() throws {
        var pool = PoolFixture(["only"], keys: ["a", "b"], keyLimits: RateLimits(concurrency: 1))
        pool.pool.changeShare(to: LimitShare(rank: 2, workers: 3), at: pool.now)
        guard case .wait(let time, _) = pool.begin() else {
            Issue.record("a call begins, or stands in line")
            return
        }
        #expect(time >= .seconds(1))
        pool.pool.changeShare(to: LimitShare(rank: 1, workers: 3), at: pool.now)
        #expect(pool.call() != nil)
    }

    @Test("A place that is kept for a task goes to the next one when the settings give the task another model")
    func ticketOfAnotherPool() async throws {
        let http = HTTPClient(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let workspace = Workspace.default
        let limited = Deployment(name: "shared", model: "gpt", provider: .echo, limits: RateLimits(concurrency: 1))
        let models = try ModelDirectory(ModelConfiguration(deployments: [limited]), client: http)
        let request = TaskRequest(content: .prompt("Hello"), model: "gpt")
        func begin(_ ticket: LineTicket? = nil) throws -> ModelDirectory.Beginning {
            try models.begin(request, of: workspace, lane: .normal, slot: nil, ticket: ticket)
        }
        guard case .call(let call) = try begin(), case .line(let ticket) = try begin() else {
            Issue.record("the limit is not kept")
            return
        }
        models.ended(call, CallEnd(duration: .seconds(1)))
        #expect(ticket.granted.hasFired)
        try models.update { $0.ownDeployments[workspace] = [Deployment(name: "own", model: "gpt", provider: .echo)] }
        guard case .call(let other) = try begin(ticket) else {
            Issue.record("the workspace's own deployment takes no call")
            return
        }
        #expect(other.deployed.name == "own")
        try models.update { $0.ownDeployments = [:] }
        guard case .call = try begin() else {
            Issue.record("the place is still kept")
            return
        }
        await http.shutdown()
    }
}
