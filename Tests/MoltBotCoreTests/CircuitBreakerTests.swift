import MoltBotCore
import Testing

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private let start = ContinuousClock.now
    private var generator = SplitMix64(state: 5)

    private func breaker(jitter: Double = 0) -> CircuitBreaker {
        CircuitBreaker(CircuitBreakerConfiguration(jitter: jitter))
    }

    /// Opens it with failures only.
    private mutating func opened(at now: ContinuousClock.Instant) -> CircuitBreaker {
        var breaker = breaker()
        for _ in 0..<10 { breaker.attemptFailed(at: now, using: &generator) }
        return breaker
    }

    @Test("Opens at the ratio, and not before there are enough attempts")
    mutating func ratio() {
        var breaker = breaker()
        for _ in 0..<6 { #expect(breaker.attemptFailed(at: start, using: &generator) == nil) }
        for _ in 0..<3 { breaker.attemptSucceeded(at: start) }
        #expect(breaker.admission(at: start) == .attempt)
        #expect(breaker.attemptFailed(at: start, using: &generator) == .opened(until: start + .seconds(30)))
        #expect(breaker.admission(at: start) == .refused(until: start + .seconds(30)))
        #expect(!breaker.admits(at: start + .seconds(29)))
    }

    @Test("Failures of long ago do not count")
    mutating func window() {
        var breaker = breaker()
        for _ in 0..<9 { breaker.attemptFailed(at: start, using: &generator) }
        let later = start + .seconds(301)
        #expect(breaker.attemptFailed(at: later, using: &generator) == nil)
        for _ in 0..<8 { breaker.attemptFailed(at: later + .seconds(200), using: &generator) }
        #expect(breaker.attemptFailed(at: later + .seconds(265), using: &generator) != nil)
    }

    @Test("So many failures in a row open it; a success between starts the count again")
    mutating func consecutive() {
        var breaker = CircuitBreaker(CircuitBreakerConfiguration(failureRatio: nil, consecutiveFailures: 3, jitter: 0))
        breaker.attemptFailed(at: start, using: &generator)
        breaker.attemptFailed(at: start, using: &generator)
        breaker.attemptSucceeded(at: start)
        breaker.attemptFailed(at: start, using: &generator)
        #expect(breaker.attemptFailed(at: start, using: &generator) == nil)
        #expect(breaker.attemptFailed(at: start, using: &generator) == .opened(until: start + .seconds(30)))
    }

    @Test("One probe at a time; its success closes the breaker and forgets the past")
    mutating func probe() {
        var breaker = opened(at: start)
        let now = start + .seconds(30)
        #expect(breaker.admission(at: now) == .probe)
        breaker.probeStarted()
        #expect(breaker.admission(at: now) == .refused(until: nil))
        #expect(breaker.attemptSucceeded(isProbe: true, at: now) == .closed)
        #expect(breaker.state(at: now) == .closed)
        #expect(breaker.attemptFailed(at: now, using: &generator) == nil)
    }

    @Test("Each failed probe opens it for twice as long, up to the longest")
    mutating func exponential() {
        var breaker = opened(at: start)
        var now = start + .seconds(30)
        for seconds in [60, 120, 240, 480, 900, 900] {
            breaker.probeStarted()
            #expect(breaker.attemptFailed(isProbe: true, at: now, using: &generator) == .opened(until: now + .seconds(seconds)))
            now = now + .seconds(seconds)
        }
        breaker.probeStarted()
        breaker.attemptSucceeded(isProbe: true, at: now)
        for _ in 0..<9 { breaker.attemptFailed(at: now, using: &generator) }
        #expect(breaker.attemptFailed(at: now, using: &generator) == .opened(until: now + .seconds(30)))
    }

    @Test("An abandoned probe leaves its place to the next")
    mutating func abandoned() {
        var breaker = opened(at: start)
        let now = start + .seconds(31)
        breaker.probeStarted()
        breaker.probeAbandoned()
        #expect(breaker.admission(at: now) == .probe)
    }

    @Test("Attempts that began before the opening neither close it nor open it for longer")
    mutating func stragglers() {
        var breaker = opened(at: start)
        let now = start + .seconds(30)
        breaker.probeStarted()
        #expect(breaker.attemptSucceeded(at: now) == nil)
        #expect(breaker.attemptFailed(at: now, using: &generator) == nil)
        #expect(breaker.state(at: now) == .halfOpen(isProbing: true))
    }

    @Test("Another process's opening and closing count here too")
    mutating func shared() {
        var breaker = breaker()
        breaker.openedElsewhere(until: start + .seconds(60))
        #expect(breaker.admission(at: start) == .refused(until: start + .seconds(60)))
        breaker.openedElsewhere(until: start + .seconds(20))
        #expect(breaker.state(at: start) == .open(until: start + .seconds(60)))
        #expect(breaker.close() == .closed)
        #expect(breaker.close() == nil)
    }

    @Test("Openings are spread")
    mutating func jitter() {
        var ends: Set<ContinuousClock.Instant> = []
        for _ in 0..<200 {
            var breaker = CircuitBreaker(CircuitBreakerConfiguration(minimumAttempts: 1, jitter: 0.1))
            guard case .opened(let end) = breaker.attemptFailed(at: start, using: &generator) else { continue }
            #expect(end - start >= .seconds(27) && end - start <= .seconds(33))
            ends.insert(end)
        }
        #expect(ends.count > 150)
    }
}
