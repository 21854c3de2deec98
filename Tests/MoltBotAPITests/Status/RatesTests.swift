import MoltBotCore
import MoltBotLedger
import Testing

@testable import MoltBotAPI

@Suite("Rates")
struct RatesTests {
    @Test("are over the running minute and the four before it")
    func window() {
        let minute = Timestamp(millisecondsSinceEpoch: 1_790_000_040_000)
        let minutes = [(-5, 1000), (-4, 30), (-1, 12), (0, 3)].map { offset, count in
            LedgerStatistics.Minute(start: minute + .seconds(60 * offset), submitted: count, completed: count / 3, failed: 0)
        }
        let rates = Rates(minutes, at: minute + .seconds(30))
        #expect(rates.window == .seconds(270))
        #expect(rates.submitted == 10)
        #expect(rates.completed == 3.33)
        #expect(rates.failed == 0)
    }
}
