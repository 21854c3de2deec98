import MoltBotCore
import Testing

@Suite("Token bucket")
struct TokenBucketTests {
    private let start = ContinuousClock.now

    @Test("Lets a burst through, then one each interval")
    func burst() {
        var bucket = TokenBucket(rate: 10, per: .seconds(1), burst: 3, at: start)
        for _ in 0..<3 { #expect(bucket.take(at: start) == nil) }
        #expect(bucket.take(at: start) == .milliseconds(100))
        #expect(bucket.take(at: start + .milliseconds(99)) == .milliseconds(1))
        #expect(bucket.take(at: start + .milliseconds(100)) == nil)
        #expect(bucket.take(at: start + .milliseconds(100)) == .milliseconds(100))
    }

    @Test("A rest saves up a burst and no more")
    func rest() {
        var bucket = TokenBucket(rate: 1, per: .seconds(1), burst: 5, at: start)
        let later = start + .seconds(86_400)
        for _ in 0..<5 { #expect(bucket.take(at: later) == nil) }
        #expect(bucket.take(at: later) == .seconds(1))
    }

    /// Rates whose interval is no whole number of nanoseconds; the burst makes up for the instant at which the taker comes too late.
    @Test("Never drifts, however many are taken", arguments: [(3, 1), (7, 60), (1000, 7), (9999, 3600)])
    func exact(rate: Int, seconds: Int) {
        var bucket = TokenBucket(rate: rate, per: .seconds(seconds), burst: 2, at: start)
        var now = start
        for _ in 0...100_001 {
            while let wait = bucket.take(at: now) {
                #expect(wait > .zero)
                now += wait
            }
        }
        let ideal = Duration.seconds(seconds) * 100_000 / rate
        #expect(now - start - ideal < .nanoseconds(2) && ideal - (now - start) < .nanoseconds(2))
    }

    @Test("Reservations line up, one slot each")
    func reservations() {
        var bucket = TokenBucket(rate: 2, per: .seconds(1), burst: 1, at: start)
        let waits = (0..<4).map { _ in bucket.reserve(at: start) }
        #expect(waits == [.zero, .milliseconds(500), .seconds(1), .milliseconds(1500)])
        #expect(bucket.take(at: start + .seconds(1)) == .seconds(1))
    }

    @Test("An estimate is settled by what was used")
    func settled() {
        var bucket = TokenBucket(rate: 100, per: .seconds(1), burst: 100, at: start)
        #expect(bucket.take(100, at: start) == nil)
        bucket.correct(by: -40, at: start)
        #expect(bucket.take(40, at: start) == nil)
        bucket.correct(by: 50, at: start)
        #expect(bucket.wait(at: start) == .milliseconds(510))
    }

    @Test("More than the burst passes when the bucket is full, and is paid off")
    func large() {
        var bucket = TokenBucket(rate: 10, per: .seconds(1), burst: 10, at: start)
        #expect(bucket.take(at: start) == nil)
        #expect(bucket.take(30, at: start) == .milliseconds(100))
        #expect(bucket.take(30, at: start + .milliseconds(100)) == nil)
        #expect(bucket.wait(at: start + .milliseconds(100)) == .milliseconds(2100))
    }
}
