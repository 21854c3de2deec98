import MoltBotCore
import Testing

@Suite("Webhook deliveries")
struct DeliveryTests {
    private let now = Timestamp(secondsSinceEpoch: 784_111_777)

    @Test("The default schedule: eight attempts, each wait within a fifth of its length")
    func schedule() throws {
        let schedule = DeliverySchedule()
        var generator = SplitMix64(state: 11)
        #expect(schedule.attempts == 8)
        for (index, seconds) in [5, 300, 1800, 7200, 18_000, 36_000, 36_000].enumerated() {
            var waits: Set<Duration> = []
            for _ in 0..<200 {
                let wait = try #require(schedule.wait(afterAttempt: index + 1, using: &generator))
                #expect(wait >= .seconds(seconds) * 0.8 && wait <= .seconds(seconds) * 1.2)
                waits.insert(wait)
            }
            #expect(waits.count > 150)
        }
        #expect(schedule.wait(afterAttempt: 8, using: &generator) == nil)
        #expect(DeliverySchedule([]).wait(afterAttempt: 1, using: &generator) == nil)
    }

    @Test("Jitter never shortens what the receiver asked for; the schedule may be longer")
    func minimum() throws {
        let schedule = DeliverySchedule([.seconds(5), .seconds(300)])
        var generator = SplitMix64(state: 2)
        for _ in 0..<100 {
            #expect(schedule.wait(afterAttempt: 1, atLeast: .seconds(120), using: &generator) == .seconds(120))
            #expect(try #require(schedule.wait(afterAttempt: 2, atLeast: .seconds(120), using: &generator)) >= .seconds(240))
        }
    }

    @Test("People see the schedule and how far it reaches")
    func description() {
        #expect(
            DeliverySchedule().description
                == "8 attempts within 27 h 35 min 5 s: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h (±20 %)")
        #expect(
            DeliverySchedule([.milliseconds(1500)]).description == "2 attempts within 1 s 500 ms: at once, then after 1 s 500 ms (±20 %)")
        #expect(DeliverySchedule([]).description == "1 attempt")
        #expect(DeliverySchedule([.zero]).description == "2 attempts within 0 s: at once, then after 0 s (±20 %)")
    }

    /// The examples of RFC 9110, 5.6.7, all the same moment.
    @Test(
        "Retry-After as a number and in the three forms of a date",
        arguments: [
            ("120", 120), (" 120 ", nil), ("1.5", 1.5), ("0", 0), ("-5", 0), ("99999999999", 86_400), ("soon", nil), ("", nil),
            ("nan", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:51:37 GMT", 120), ("Sunday, 06-Nov-94 08:51:37 GMT", 120),
            ("Sun Nov  6 08:51:37 1994", 120), ("Mon, 06 Nov 2034 08:51:37 GMT", 86_400), ("Sun, 06 Nov 1994 08:49:36 GMT", 0),
            ("Sun, 31 Feb 1994 08:51:37 GMT", nil), ("Sun, 06 Nov 1994 08:51:37 CET", nil), ("Sun, 06 Nov 1994 25:51:37 GMT", nil),
        ] as [(String, Double?)])
    func retryAfter(text: String, seconds: Double?) {
        #expect(RetryAfterField.wait(text, now: now) == seconds.map { .seconds($0) })
    }

    @Test(
        "What a status means",
        arguments: [
            (200, .delivered), (204, .delivered), (299, .delivered), (300, .again), (301, .again), (304, .again), (308, .again),
            (400, .again),
            (401, .again), (404, .again), (408, .again), (410, .disable(.gone, isDelivered: false)), (422, .again),
            (429, .retry(atLeast: .seconds(60), pausesEndpoint: true)), (500, .again), (503, .again), (599, .again), (101, .again),
        ] as [(Int, DeliveryVerdict)])
    func statuses(status: Int, verdict: DeliveryVerdict) {
        #expect(DeliveryVerdict(.response(status: status, retryAfter: nil, directive: nil)) == verdict)
    }

    @Test("Without an answer: a timeout gets at least a minute's rest, anything else follows the schedule")
    func noAnswer() {
        #expect(DeliveryVerdict(.timeout) == .retry(atLeast: .seconds(60), pausesEndpoint: false))
        #expect(DeliveryVerdict(.failure) == .again)
    }

    @Test("Retry-After pauses the whole endpoint, whatever the failure; with success it means nothing")
    func pause() {
        for status in [302, 404, 429, 503] {
            #expect(
                DeliveryVerdict(.response(status: status, retryAfter: .seconds(7), directive: nil))
                    == .retry(atLeast: .seconds(7), pausesEndpoint: true))
        }
        #expect(DeliveryVerdict(.response(status: 200, retryAfter: .seconds(7), directive: nil)) == .delivered)
    }

    @Test("The receiver's own word goes before its status")
    func directives() {
        #expect(DeliveryVerdict(.response(status: 500, retryAfter: nil, directive: .abortMessage)) == .abort)
        #expect(DeliveryVerdict(.response(status: 410, retryAfter: nil, directive: .abortMessage)) == .abort)
        #expect(DeliveryVerdict(.response(status: 200, retryAfter: nil, directive: .abortMessage)) == .delivered)
        #expect(
            DeliveryVerdict(.response(status: 429, retryAfter: .seconds(7), directive: .disable))
                == .disable(.requested, isDelivered: false))
        #expect(DeliveryVerdict(.response(status: 200, retryAfter: nil, directive: .disable)) == .disable(.requested, isDelivered: true))
        #expect(DeliveryDirective(header: "Disable") == .disable)
        #expect(DeliveryDirective(header: "abort-message") == .abortMessage)
        #expect(DeliveryDirective(header: "explode") == nil)
    }
}

extension DeliveryVerdict {
    /// As the schedule says.
    fileprivate static let again = DeliveryVerdict.retry(atLeast: nil, pausesEndpoint: false)
}
