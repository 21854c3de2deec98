/// The prices of known models: a built-in table with its date, and what a file puts over it.
package struct PriceTable: Sendable {
    package struct Entry: Sendable, Equatable {
        package let provider: String?
        package let prices: ModelPrices
    }

    /// When the prices were taken from the providers' lists, `yyyy-mm-dd`.
    package private(set) var date: String?
    private var entries: [String: Entry] = [:]

    private static let otherNames = ["dashscope": "qwen"]

    /// The table inside the program.
    ///
    /// - Throws: ``InvalidPriceTable`` never in a released program: a test reads the table.
    package static func builtIn() throws(InvalidPriceTable) -> PriceTable {
        try PriceTable(PackageResources.prices_json)
    }

    /// Reads a file in LiteLLM's format: an object of models, each an object with `litellm_provider` and its prices. `as_of` may give
    /// the date; fields that are no price are ignored, because that file has dozens of them.
    package init(_ bytes: [UInt8]) throws(InvalidPriceTable) {
        let document: JSONValue
        do {
            document = try bytes.withUnsafeBytes { (buffer) throws(JSONError) in try JSONValue.parse(buffer) }
        } catch {
            throw InvalidPriceTable(message: "the price file is not valid JSON: \(error)")
        }
        guard case .object(let members) = document else {
            throw InvalidPriceTable(message: "the price file has to be an object: {\"model\": {\"input_cost_per_token\": 1e-06, ...}}")
        }
        date = members["as_of"]?.stringValue
        for (name, value) in members where name != "as_of" {
            guard case .object(let fields) = value else {
                throw InvalidPriceTable(message: "\(name): expected an object with prices, got \(value.nameForPeople)")
            }
            entries[name] = try Self.entry(name, fields)
        }
    }

    private static func entry(_ name: String, _ fields: [String: JSONValue]) throws(InvalidPriceTable) -> Entry {
        var prices: [String: Double] = [:]
        for (field, value) in fields where ModelPrices.Field(field) != nil && !value.isNull {
            guard let price = value.doubleValue, price >= 0, price <= 1000 else {
                throw InvalidPriceTable(message: "\(name).\(field): expected US dollars a token, got \(value.nameForPeople)")
            }
            prices[field] = price
        }
        let provider = fields["litellm_provider"]?.stringValue
        return Entry(provider: provider.map { otherNames[$0] ?? $0 }, prices: ModelPrices(prices))
    }

    /// This table with another's entries over it.
    package func overridden(by other: PriceTable) -> PriceTable {
        var table = self
        table.entries.merge(other.entries) { _, new in new }
        return table
    }

    package var count: Int { entries.count }

    /// The entry of a provider's model. A model of the same name at another provider has prices of its own: no entry is better than
    /// the wrong one. Names are as the provider writes them, also behind `provider/`.
    package func entry(of model: String, at provider: ProviderKind) -> Entry? {
        for name in [model, "\(provider.name)/\(model)"] {
            guard let entry = entries[name] else { continue }
            if entry.provider == nil || entry.provider == provider.name { return entry }
        }
        return nil
    }
}

/// A price file that cannot be used, and why.
package struct InvalidPriceTable: Error, Equatable, CustomStringConvertible {
    package let message: String

    package var description: String { message }
}
