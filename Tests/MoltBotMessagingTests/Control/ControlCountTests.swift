import MoltBotCore
import Testing

@testable import MoltBotMessaging

@Suite("Counts in answers of other processes") struct ControlCountTests {
    private static let absurd = JSONValue.integer(.max)

    @Test("What caches did can be added up")
    func caches() {
        let told = CacheStatistics(["hits": Self.absurd, "misses": .integer(.min), "bytes": 12])
        let sum = [told, told].reduce(CacheStatistics(), +)
        #expect(sum.hits == 2 * JSONValue.largestCount)
        #expect(sum.misses == 0)
        #expect(sum.bytes == 24)
    }

    @Test("What calls came to can be added up, and is written as JSON again")
    func conditions() throws {
        let told = try #require(
            ModelCondition([
                "model": "gpt", "deployment": "one", "health": "healthy", "calls": Self.absurd, "failures": .integer(.min),
                "input_tokens": Self.absurd, "cost_usd": 1e308, "durations": [Self.absurd, -1], "remaining_ms": Self.absurd,
            ]))
        #expect(told.calls + told.calls == 2 * JSONValue.largestCount)
        #expect(told.failures == 0)
        #expect((told.cost + told.cost).isFinite)
        #expect(told.durations == [JSONValue.largestCount, 0])
        #expect(ModelCondition(told.document) == told)
    }
}
