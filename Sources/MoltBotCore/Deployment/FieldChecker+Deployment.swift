/// The parts of a deployment that have a shape of their own.
extension FieldChecker {
    /// Names become metric labels and parts of file lines: no spaces, no control characters.
    mutating func deploymentName(_ value: JSONValue, _ path: String) -> String? {
        guard let name = string(value, path, maximumLength: 100) else { return nil }
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            reject(path, "no spaces or control characters, as in \"gpt-4-primary\"")
            return nil
        }
        return name
    }

    mutating func baseURL(_ value: JSONValue, _ path: String) -> String? {
        guard let text = string(value, path, maximumLength: 2000) else { return nil }
        let isURL = ["http://", "https://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
        guard isURL, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            reject(path, expected: "a URL such as \"https://api.openai.com/v1\"", got: value)
            return nil
        }
        return text
    }

    mutating func limits(_ value: JSONValue, _ path: String) -> RateLimits {
        var limits = RateLimits()
        for (name, value) in object(value, path) ?? [:] where !value.isNull {
            switch name {
            case "requests_per_minute", "rpm": limits.requestsPerMinute = integer(value, "\(path).\(name)", in: 1...1_000_000_000)
            case "tokens_per_minute", "tpm": limits.tokensPerMinute = integer(value, "\(path).\(name)", in: 1...1_000_000_000_000)
            case "concurrency", "max_parallel_requests": limits.concurrency = integer(value, "\(path).\(name)", in: 1...1_000_000)
            default: unknown(name, in: path, known: ["requests_per_minute", "tokens_per_minute", "concurrency"])
            }
        }
        return limits
    }

    mutating func prices(_ value: JSONValue, _ path: String) -> ModelPrices? {
        guard let members = object(value, path) else { return nil }
        var fields: [String: Double] = [:]
        for (name, value) in members where !value.isNull {
            if ModelPrices.Field(name) == nil {
                unknown(name, in: path, known: ModelPrices.Rate.allCases.map(\.rawValue))
            } else {
                fields[name] = number(value, "\(path).\(name)", in: 0...1000)
            }
        }
        return ModelPrices(fields)
    }

    /// One model, a list of models, or one list for each reason.
    mutating func fallbacks(_ value: JSONValue, _ path: String) -> Fallbacks {
        switch value {
        case .string, .array: return Fallbacks(onError: fallbackModels(value, path))
        default: break
        }
        var fallbacks = Fallbacks()
        for (name, value) in object(value, path) ?? [:] where !value.isNull {
            switch name {
            case "error": fallbacks.onError = fallbackModels(value, "\(path).\(name)")
            case "context_length": fallbacks.onContextLength = fallbackModels(value, "\(path).\(name)")
            case "content_policy": fallbacks.onContentPolicy = fallbackModels(value, "\(path).\(name)")
            default: unknown(name, in: path, known: ["error", "context_length", "content_policy"])
            }
        }
        return fallbacks
    }

    private mutating func fallbackModels(_ value: JSONValue, _ path: String) -> [String] {
        if case .string = value { return string(value, path, maximumLength: 255).map { [$0] } ?? [] }
        return modelNames(value, path)
    }
}
