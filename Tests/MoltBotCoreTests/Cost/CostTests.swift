import MoltBotCore
import Testing

@Suite("Cost of a call")
struct CostTests {
    @Test("Equals the published prices to a billionth of a dollar", arguments: Priced.table)
    func publishedPrices(_ priced: Priced) throws {
        let provider = try #require(ProviderKind(name: priced.provider))
        let entry = try #require(try PriceTable.builtIn().entry(of: priced.model, at: provider))
        let cost = try #require(entry.prices.cost(of: priced.usage))
        #expect(abs(cost - priced.dollars) < 1e-9)
    }

    @Test("The table has sixty cases, and the built-in prices a date")
    func coverage() throws {
        #expect(Priced.table.count >= 60)
        let table = try PriceTable.builtIn()
        #expect(table.count >= 50)
        #expect(table.date?.split(separator: "-").count == 3)
    }

    @Test("A cached token is not billed as an input token as well")
    func cachedOnce() {
        let prices = ModelPrices(["input_cost_per_token": 10, "output_cost_per_token": 0, "cache_read_input_token_cost": 1])
        #expect(prices.cost(of: Usage(inputTokens: 100, cachedInputTokens: 90)) == 190.0)
    }

    @Test("Reasoning is part of the output: without a price of its own it costs what output costs, and only once")
    func reasoningOnce() {
        let usage = Usage(outputTokens: 100, reasoningTokens: 80)
        #expect(ModelPrices(["input_cost_per_token": 1, "output_cost_per_token": 2]).cost(of: usage) == 200)
        let apart = ModelPrices(["input_cost_per_token": 1, "output_cost_per_token": 2, "output_cost_per_reasoning_token": 3])
        #expect(apart.cost(of: usage) == 280.0)
    }

    @Test("Cached tokens without a price of their own are not free")
    func missingCachePrice() {
        let prices = ModelPrices(["input_cost_per_token": 2, "output_cost_per_token": 3])
        #expect(prices.cost(of: Usage(inputTokens: 10, cachedInputTokens: 10)) == 20)
    }

    @Test("Counts that contradict each other never make a cost negative")
    func contradictions() throws {
        let prices = ModelPrices(["input_cost_per_token": 2, "output_cost_per_token": 3, "cache_read_input_token_cost": 1])
        let cost = try #require(
            prices.cost(of: Usage(inputTokens: 5, outputTokens: 1, cachedInputTokens: 50, cacheWriteInputTokens: 50, reasoningTokens: 9)))
        #expect(cost == 8.0)
    }

    @Test("An unknown price is unknown, not zero; a price that is not needed may be")
    func unknown() throws {
        let table = try PriceTable.builtIn()
        #expect(table.entry(of: "my-own-model", at: .openAI) == nil)
        #expect(table.entry(of: "gpt-4o", at: .openAICompatible) == nil, "another server's gpt-4o has another price")
        let inputOnly = ModelPrices(["input_cost_per_token": 1])
        #expect(inputOnly.cost(of: Usage(inputTokens: 3)) == 3)
        #expect(inputOnly.cost(of: Usage(inputTokens: 3, outputTokens: 1)) == nil)
    }

    @Test("A file's prices go before the built-in ones")
    func override() throws {
        let file = #"{"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 1e-3, "output_cost_per_token": 0, "mode": "chat"}}"#
        let table = try PriceTable.builtIn().overridden(by: PriceTable(Array(file.utf8)))
        #expect(table.entry(of: "gpt-4o", at: .openAI)?.prices.cost(of: Usage(inputTokens: 2)) == 2e-3)
        #expect(table.entry(of: "gpt-4o-mini", at: .openAI) != nil)
    }

    @Test(
        "A price file with a mistake names it",
        arguments: [
            ("[]", "object"), (#"{"m": 3}"#, "m: expected"), (#"{"m": {"input_cost_per_token": "free"}}"#, "m.input_cost_per_token"),
            ("{", "JSON"),
        ])
    func invalidFile(text: String, part: String) {
        let error = #expect(throws: InvalidPriceTable.self) { try PriceTable(Array(text.utf8)) }
        #expect(error?.message.contains(part) == true)
    }
}
