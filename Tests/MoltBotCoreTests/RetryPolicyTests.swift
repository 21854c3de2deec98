import MoltBotCore
import Testing

@Suite("Retry policy")
struct RetryPolicyTests {
    private let now = Timestamp(secondsSinceEpoch: 1_000_000)
    private let busy = ModelError(.overloaded, status: 503, message: "busy")

    @Test(
        "Backs off exponentially up to the cap",
        arguments: [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (100, 10)])
    func backoff(attempt: Int, seconds: Int) {
        let policy = RetryPolicy(base: .seconds(1), multiplier: 2, cap: .seconds(10))
        #expect(policy.backoff(afterAttempt: attempt) == .seconds(seconds))
    }

    @Test("Jitter stays between its bounds and differs from task to task", arguments: RetryPolicy.Jitter.allCases)
    func jitter(kind: RetryPolicy.Jitter) {
        let policy = RetryPolicy(base: .seconds(8), jitter: kind)
        var generator = SplitMix64(state: 1)
        var delays: Set<Duration> = []
        for _ in 0..<1000 {
            guard case .retry(let delay) = policy.decide(attempt: 1, error: busy, deadline: nil, now: now, using: &generator) else {
                Issue.record("a first failure is retried")
                return
            }
            #expect(delay <= .seconds(8))
            #expect(delay >= (kind == .full ? .zero : .seconds(4)))
            delays.insert(delay)
        }
        #expect(delays.count > 900)
    }

    @Test("Never comes back before Retry-After, and not in the same instant as everybody else")
    func retryAfter() {
        let limited = ModelError(.rateLimited, status: 429, message: "slow down", retryAfter: .seconds(60))
        var generator = SplitMix64(state: 7)
        let decision = RetryPolicy(cap: .seconds(5)).decide(attempt: 1, error: limited, deadline: nil, now: now, using: &generator)
        guard case .retry(let delay) = decision else {
            Issue.record("got \(decision)")
            return
        }
        #expect(delay > .seconds(60) && delay <= .seconds(66))
    }

    @Test("Gives up when the attempts are used up: the task's limit goes before the policy's")
    func attempts() {
        let policy = RetryPolicy(maxRetries: 1)
        var generator = SplitMix64(state: 3)
        #expect(policy.decide(attempt: 2, error: busy, deadline: nil, now: now, using: &generator) == .fail(.attemptsUsedUp))
        #expect(policy.decide(attempt: 1, maxRetries: 0, error: busy, deadline: nil, now: now, using: &generator) == .fail(.attemptsUsedUp))
        #expect(policy.decide(attempt: 5, maxRetries: 4, error: busy, deadline: nil, now: now, using: &generator) == .fail(.attemptsUsedUp))
    }

    @Test("Fails at once when the wait would pass the deadline")
    func deadline() {
        var generator = SplitMix64(state: 3)
        let limited = ModelError(.rateLimited, message: "slow down", retryAfter: .seconds(60))
        let decision = RetryPolicy().decide(
            attempt: 1, error: limited, deadline: now + .seconds(30), now: now, using: &generator)
        #expect(decision == .fail(.deadlineTooClose))
    }

    @Test(
        "Classes of errors",
        arguments: [
            (408, ModelError.Kind.serverError, true), (409, .serverError, true), (429, .rateLimited, true), (500, .serverError, true),
            (502, .serverError, true), (503, .overloaded, true), (529, .overloaded, true), (400, .invalidRequest, false),
            (401, .auth, false),
            (402, .quotaExhausted, false), (403, .auth, false), (404, .notFound, false), (413, .invalidRequest, false),
            (422, .invalidRequest, false),
        ])
    func classes(status: Int, kind: ModelError.Kind, isRetryable: Bool) {
        #expect(ModelError.Kind(httpStatus: status) == kind)
        #expect(ModelError(kind, status: status, message: "").isRetryable == isRetryable)
    }
}

/// A seeded generator: the same test run every time (Steele, Lea, Flood: SplitMix).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
