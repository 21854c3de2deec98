/// What a model's tokens cost, in the field names of LiteLLM's price file.
///
/// Prices are kept as whole femtodollars (1e-15 USD) a token, and a cost is a sum of whole numbers: no rounding but the last one.
package struct ModelPrices: Sendable, Equatable {
    /// The kinds of tokens that have a price, by the name of the field.
    package enum Rate: String, Sendable, CaseIterable {
        case input = "input_cost_per_token"
        case output = "output_cost_per_token"
        case cacheRead = "cache_read_input_token_cost"
        case cacheWrite = "cache_creation_input_token_cost"
        case reasoning = "output_cost_per_reasoning_token"
    }

    /// A price's name taken apart: `input_cost_per_token_above_200k_tokens` is the input rate above 200,000 tokens.
    package struct Field: Hashable {
        package let rate: Rate
        /// Input tokens; 0 for the base price.
        package let threshold: Int

        package init?(_ name: String) {
            let parts = name.split(separator: "_above_", maxSplits: 1)
            guard let rate = parts.first.flatMap({ Rate(rawValue: String($0)) }) else { return nil }
            self.rate = rate
            guard parts.count == 2 else {
                threshold = 0
                return
            }
            guard parts[1].hasSuffix("k_tokens"), let thousands = Int(parts[1].dropLast("k_tokens".count)), thousands > 0,
                thousands < 1_000_000
            else { return nil }
            threshold = thousands * 1000
        }
    }

    private static let unitsPerDollar = 1e15

    /// By threshold, the highest first; the base prices are last.
    private let tiers: [(threshold: Int, prices: [Rate: Int64])]

    /// - Parameter fields: US dollars a token; names that are no price are ignored.
    package init(_ fields: [String: Double]) {
        var tiers: [Int: [Rate: Int64]] = [0: [:]]
        for (name, dollars) in fields {
            guard let field = Field(name), let price = Int64(exactly: (dollars * Self.unitsPerDollar).rounded()) else { continue }
            tiers[field.threshold, default: [:]][field.rate] = price
        }
        self.tiers = tiers.sorted { $0.key > $1.key }.map { ($0.key, $0.value) }
    }

    /// US dollars a token by the names of the fields, the base prices first.
    package var fields: [(name: String, dollars: Double)] {
        tiers.reversed().flatMap { tier in
            Rate.allCases.compactMap { rate in
                let name = tier.threshold == 0 ? rate.rawValue : "\(rate.rawValue)_above_\(tier.threshold / 1000)k_tokens"
                return tier.prices[rate].map { (name, Double($0) / Self.unitsPerDollar) }
            }
        }
    }

    package static func == (left: ModelPrices, right: ModelPrices) -> Bool {
        left.tiers.elementsEqual(right.tiers) { $0.threshold == $1.threshold && $0.prices == $1.prices }
    }

    /// US dollars for one call; nil when a price that is needed is unknown.
    ///
    /// Each token is priced once: cached and written ones are taken out of the input, reasoning out of the output. A kind without a price
    /// of its own costs what the kind it belongs to costs. Above a threshold the whole call has the higher price, as providers bill it.
    package func cost(of usage: Usage) -> Double? {
        let input = max(0, usage.inputTokens)
        let cached = min(max(0, usage.cachedInputTokens), input)
        let written = min(max(0, usage.cacheWriteInputTokens), input - cached)
        let output = max(0, usage.outputTokens)
        let reasoning = min(max(0, usage.reasoningTokens), output)
        let inputPrice = price(.input, at: input)
        let outputPrice = price(.output, at: input)
        let parts = [
            (input - cached - written, inputPrice), (cached, price(.cacheRead, at: input) ?? inputPrice),
            (written, price(.cacheWrite, at: input) ?? inputPrice), (output - reasoning, outputPrice),
            (reasoning, price(.reasoning, at: input) ?? outputPrice),
        ]
        var total = Int128(0)
        for (tokens, price) in parts where tokens > 0 {
            guard let price else { return nil }
            total += Int128(tokens) * Int128(price)
        }
        return min(Double(total) / Self.unitsPerDollar, TaskOutcome.highestCost)
    }

    private func price(_ rate: Rate, at inputTokens: Int) -> Int64? {
        for tier in tiers where tier.threshold == 0 || inputTokens > tier.threshold {
            if let price = tier.prices[rate] { return price }
        }
        return nil
    }
}

extension ModelPrices {
    /// The prices that a comparison of deployments needs; nil when one of them is unknown. Of several thresholds the lowest counts.
    package var tokenPrice: TokenPrice? {
        guard let input = dollars(.input, at: 0), let output = dollars(.output, at: 0) else { return nil }
        let long = lowestThreshold.map { threshold in
            (threshold, dollars(.input, at: threshold + 1) ?? input, dollars(.output, at: threshold + 1) ?? output)
        }
        return TokenPrice(input: input, output: output, long: long)
    }

    private func dollars(_ rate: Rate, at inputTokens: Int) -> Double? {
        price(rate, at: inputTokens).map { Double($0) / Self.unitsPerDollar }
    }

    private var lowestThreshold: Int? { tiers.last { $0.threshold > 0 }?.threshold }
}
