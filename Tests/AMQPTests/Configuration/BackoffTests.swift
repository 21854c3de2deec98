import Testing

@testable import AMQP

@Suite("Backoff")
struct BackoffTests {
    @Test("delays double up to the maximum, each shortened by at most the jitter")
    func doubles() {
        let backoff = AMQPBackoff(initial: .milliseconds(100), maximum: .seconds(1), jitter: 0.5)
        var generator = SeededGenerator(seed: 1)
        for (failures, full) in [(0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (1_000_000, 1000)] {
            for _ in 0..<100 {
                let delay = backoff.delay(after: failures, using: &generator)
                #expect(delay <= .milliseconds(full) && delay >= .milliseconds(full) / 2)
            }
        }
    }

    @Test(
        "no setting overflows or makes the loop spin",
        arguments: [
            AMQPBackoff(initial: .zero, maximum: .zero, jitter: 2), AMQPBackoff(initial: .seconds(-1), maximum: .seconds(-1), jitter: -1),
            AMQPBackoff(initial: .seconds(Int64.max), maximum: .seconds(1), jitter: .nan), AMQPBackoff(jitter: 1),
        ])
    func survives(backoff: AMQPBackoff) {
        var generator = SeededGenerator(seed: 2)
        for failures in [-1, 0, 1, 17, .max] {
            let delay = backoff.delay(after: failures, using: &generator)
            #expect(delay >= .milliseconds(1) && delay <= .seconds(15))
        }
    }
}
