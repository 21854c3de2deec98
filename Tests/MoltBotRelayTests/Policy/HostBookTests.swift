import MoltBotCore
import MoltBotRelay
import Testing

@Suite struct HostBookTests {
    private let start = ContinuousClock.now
    private var generator = SystemRandomNumberGenerator()

    @Test mutating func hostAtItsLimitWaitsLongerEachTimeAndLeavesRoomForOthers() {
        var book = HostBook(limit: 2, breaker: CircuitBreakerConfiguration())
        #expect(book.deliveryReceived(for: "slow", deferrals: 0, at: start, using: &generator) == .send(isProbe: false))
        #expect(book.deliveryReceived(for: "slow", deferrals: 0, at: start, using: &generator) == .send(isProbe: false))
        var waits: [Duration] = []
        for deferrals in [0, 3, 40] {
            guard case .busy(let wait) = book.deliveryReceived(for: "slow", deferrals: deferrals, at: start, using: &generator) else {
                Issue.record("sent beyond the limit")
                return
            }
            waits.append(wait)
        }
        #expect((Duration.seconds(1)...Duration.milliseconds(1200)).contains(waits[0]))
        #expect((Duration.seconds(8)...Duration.milliseconds(9600)).contains(waits[1]))
        #expect((Duration.seconds(64)...Duration.milliseconds(76_800)).contains(waits[2]))
        #expect(book.deliveryReceived(for: "quick", deferrals: 0, at: start, using: &generator) == .send(isProbe: false))
        book.deliverySucceeded(for: "slow", isProbe: false, at: start)
        #expect(book.deliveryReceived(for: "slow", deferrals: 0, at: start, using: &generator) == .send(isProbe: false))
    }

    @Test mutating func brokenHostGetsOneProbe() {
        var book = HostBook(limit: 8, breaker: CircuitBreakerConfiguration(failureRatio: nil, consecutiveFailures: 1, jitter: 0))
        _ = book.deliveryReceived(for: "broken", deferrals: 0, at: start, using: &generator)
        book.deliveryFailed(for: "broken", isProbe: false, retryAfter: nil, at: start, using: &generator)
        guard case .later(let wait) = book.deliveryReceived(for: "broken", deferrals: 0, at: start, using: &generator) else {
            Issue.record("sent to a broken host")
            return
        }
        #expect(wait >= .seconds(30))
        let later = start + .seconds(30)
        #expect(book.deliveryReceived(for: "broken", deferrals: 0, at: later, using: &generator) == .send(isProbe: true))
        guard case .later = book.deliveryReceived(for: "broken", deferrals: 0, at: later, using: &generator) else {
            Issue.record("two probes")
            return
        }
        book.deliverySucceeded(for: "broken", isProbe: true, at: later)
        #expect(book.deliveryReceived(for: "broken", deferrals: 0, at: later, using: &generator) == .send(isProbe: false))
    }

    @Test mutating func retryAfterHoldsForTheHost() {
        var book = HostBook(limit: 8, breaker: CircuitBreakerConfiguration())
        _ = book.deliveryReceived(for: "busy", deferrals: 0, at: start, using: &generator)
        book.deliveryFailed(for: "busy", isProbe: false, retryAfter: .seconds(40), at: start, using: &generator)
        guard case .later(let wait) = book.deliveryReceived(for: "busy", deferrals: 0, at: start, using: &generator) else {
            Issue.record("sent during the pause")
            return
        }
        #expect(wait >= .seconds(40))
    }

    @Test mutating func aShorterRetryAfterOfARequestBesideItEndsNoPause() {
        var book = HostBook(limit: 8, breaker: CircuitBreakerConfiguration())
        for _ in 1...2 { _ = book.deliveryReceived(for: "busy", deferrals: 0, at: start, using: &generator) }
        book.deliveryFailed(for: "busy", isProbe: false, retryAfter: .seconds(40), at: start, using: &generator)
        book.deliveryFailed(for: "busy", isProbe: false, retryAfter: .seconds(1), at: start, using: &generator)
        guard case .later(let wait) = book.deliveryReceived(for: "busy", deferrals: 0, at: start, using: &generator) else {
            Issue.record("sent during the pause")
            return
        }
        #expect(wait >= .seconds(40))
    }
}
