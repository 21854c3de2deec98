import MoltBotCore
import Testing

@Suite("Call limiter")
struct CallLimiterTests {
    private let start = ContinuousClock.now

    /// Rounded: the steady rate is a little below the limit, because a burst is part of the same minute.
    private func seconds(_ wait: Duration) -> Int { Int((wait / .seconds(1)).rounded()) }

    @Test(
        "No minute has more calls than the limit, wherever it begins, and nearly all of the limit is used",
        arguments: [1, 5, 60, 600, 7000])
    func neverOverTheLimit(limit: Int) {
        var limiter = CallLimiter(RateLimits(requestsPerMinute: limit), at: start)
        // Offered at 120 % for five minutes, each taking its slot.
        let pause = Duration.seconds(300) / (limit * 6)
        var calls: [ContinuousClock.Instant] = []
        for index in 0..<(limit * 6) {
            let offered = start + pause * index
            calls.append(offered + limiter.reserve(tokens: 0, at: offered))
        }
        for index in limit..<calls.count {
            let call = calls[index]
            let before = calls[index - limit]
            #expect(call - before >= .milliseconds(59_999), "call \(index)")
        }
        let inFiveMinutes = calls.count { $0 - start < .seconds(300) }
        #expect(inFiveMinutes >= limit * 5 * 95 / 100)
    }

    @Test("Each waiting task gets a slot of its own")
    func slots() {
        var limiter = CallLimiter(RateLimits(requestsPerMinute: 60), at: start)
        let waits = (0..<4).map { _ in limiter.reserve(tokens: 0, at: start) }
        #expect(waits == [.zero, .seconds(1), .seconds(2), .seconds(3)])
    }

    @Test("Requests and tokens have counters of their own: one never holds up the other")
    func independent() {
        var limiter = CallLimiter(RateLimits(requestsPerMinute: 6000, tokensPerMinute: 60_000), at: start)
        #expect(limiter.reserve(tokens: 1000, at: start) == .zero)
        #expect(seconds(limiter.wait(tokens: 1000, at: start)) == 1, "the tokens are gone")
        #expect(limiter.wait(tokens: 0, at: start) == .zero, "the requests are not")
        #expect(limiter.wait(tokens: 1000, at: start + .milliseconds(1100)) == .zero, "tokens come back by themselves")
    }

    @Test("Reserved before the call, so that calls at the same time do not overshoot; settled by what was used")
    func settles() {
        var limiter = CallLimiter(RateLimits(tokensPerMinute: 60_000), at: start)
        #expect(limiter.reserve(tokens: 5000, at: start) == .zero)
        limiter.callStarted(tokens: 5000)
        #expect(seconds(limiter.wait(tokens: 1000, at: start)) == 5)
        limiter.callEnded(reserved: 5000, used: 1000, at: start)
        #expect(seconds(limiter.wait(tokens: 1000, at: start)) == 1)
        limiter.callStarted(tokens: 0)
        limiter.callEnded(reserved: 0, used: 2000, at: start)
        #expect(seconds(limiter.wait(tokens: 1000, at: start)) == 3, "what was used on top counts too")
    }

    @Test("Concurrency counts what is on its way")
    func concurrency() {
        var limiter = CallLimiter(RateLimits(concurrency: 2), at: start)
        limiter.callStarted(tokens: 0)
        #expect(limiter.hasFreePlace)
        limiter.callStarted(tokens: 0)
        #expect(limiter.hasFreePlace == false)
        limiter.callEnded(reserved: 0, used: nil, at: start)
        #expect(limiter.hasFreePlace)
    }

    @Test("Workers share a limit exactly", arguments: [1, 2, 3, 7, 60], [1, 2, 3, 10])
    func shares(limit: Int, workers: Int) {
        let parts = (0..<workers).map { LimitShare(rank: $0, workers: workers).part(of: limit) }
        #expect(parts.reduce(0, +) == limit)
        #expect((parts.max() ?? 0) - (parts.min() ?? 0) <= 1)
    }

    @Test("A worker without a part of the limit does not call")
    func noPart() {
        var limiter = CallLimiter(RateLimits(concurrency: 2), at: start)
        limiter.changeShare(to: LimitShares(LimitShare(rank: 2, workers: 3)), at: start)
        #expect(limiter.hasShare == false)
        limiter.changeShare(to: LimitShares(LimitShare(rank: 1, workers: 3)), at: start)
        #expect(limiter.hasShare)
        #expect(limiter.places == 1)
    }

    @Test("When a worker joins, what is reserved stays reserved")
    func shareChanges() {
        var limiter = CallLimiter(RateLimits(requestsPerMinute: 60), at: start)
        for _ in 0..<11 { _ = limiter.reserve(tokens: 0, at: start) }
        #expect(limiter.wait(tokens: 0, at: start) == .seconds(11))
        limiter.changeShare(to: LimitShares(LimitShare(rank: 0, workers: 2)), at: start)
        #expect(limiter.wait(tokens: 0, at: start) >= .seconds(20))
    }

    @Test("Learns limits that nobody has configured from what the provider says")
    func learns() {
        var limiter = CallLimiter(RateLimits(), at: start)
        limiter.learn(from: RateLimitHints(requests: .init(limit: 100, remaining: 2, reset: .seconds(30))), at: start)
        #expect(limiter.reserve(tokens: 10, at: start) == .zero)
        #expect(limiter.reserve(tokens: 10, at: start) == .zero)
        #expect(limiter.wait(tokens: 10, at: start) == .seconds(30))
        #expect(limiter.wait(tokens: 10, at: start + .seconds(30)) == .zero)
    }

    @Test("An exhausted window and a Retry-After pause everything until then")
    func pauses() {
        var limiter = CallLimiter(RateLimits(requestsPerMinute: 1000), at: start)
        limiter.learn(from: RateLimitHints(tokens: .init(remaining: 0, reset: .seconds(7))), at: start)
        #expect(limiter.wait(tokens: 1, at: start) == .seconds(7))
        limiter.pause(until: start + .seconds(3))
        #expect(limiter.wait(tokens: 1, at: start) == .seconds(7), "the longer of two pauses counts")
        #expect(limiter.wait(tokens: 1, at: start + .seconds(7)) == .zero)
    }
}
