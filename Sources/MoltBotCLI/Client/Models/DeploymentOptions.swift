import ArgumentParser
import Foundation
import MoltBotCore

/// What can be said of a deployment on the command line: each option is a member of its JSON.
struct DeploymentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Who runs it: openai, anthropic, gemini, ollama, azure, openai-compatible ...", valueName: "name"))
    var provider: String?

    @Option(help: ArgumentHelp("The name that tasks write; default the deployment's.", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("The provider's name of the model; default the model's.", valueName: "name"))
    var providerModel: String?

    @Option(name: .customLong("base-url"), help: ArgumentHelp("Where the API is; default the provider's own address.", valueName: "url"))
    var baseURL: String?

    @Option(
        name: .customLong("api-key-file"),
        help: ArgumentHelp("Read the key from this file, or from standard input for -. It is stored sealed.", valueName: "file"))
    var apiKeyFile: String?

    @Option(
        name: .customLong("api-key-env"),
        help: ArgumentHelp("Workers have the key in this environment variable.", valueName: "variable"))
    var apiKeyVariable: String?

    @Option(help: ArgumentHelp("A key of the workers' credentials file; may be repeated.", valueName: "name"))
    var auth: [String] = []

    @Option(help: ArgumentHelp("A model to ask when this one can't answer; may be repeated.", valueName: "model"))
    var fallback: [String] = []

    @Option(help: ArgumentHelp("Workers in this zone prefer it.", valueName: "zone"))
    var zone: String?

    @Option(help: ArgumentHelp("Its share among the model's deployments; 0 is a reserve.", valueName: "number"))
    var weight: Double?

    @Option(help: ArgumentHelp("Requests a minute.", valueName: "number"))
    var rpm: Int?

    @Option(help: ArgumentHelp("Tokens a minute.", valueName: "number"))
    var tpm: Int?

    @Option(help: ArgumentHelp("Calls at once.", valueName: "number"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("Tokens of the longest answer.", valueName: "number"))
    var maxTokens: Int?

    @Option(help: ArgumentHelp("Tokens of input and output together.", valueName: "number"))
    var contextWindow: Int?

    @Option(help: ArgumentHelp("Seconds for one call.", valueName: "seconds"))
    var timeout: Double?

    @Option(help: ArgumentHelp("US dollars for a million tokens of input.", valueName: "dollars"))
    var inputPrice: Double?

    @Option(help: ArgumentHelp("US dollars for a million tokens of output.", valueName: "dollars"))
    var outputPrice: Double?

    func validate() throws {
        if apiKeyFile != nil, apiKeyVariable != nil { throw ValidationError("--api-key-file and --api-key-env exclude each other") }
        if (inputPrice == nil) != (outputPrice == nil) { throw ValidationError("--input-price and --output-price belong together") }
    }

    /// The members that were given.
    func members() throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        let texts = ["provider": provider, "model": model, "provider_model": providerModel, "base_url": baseURL, "zone": zone]
        for (name, text) in texts { members[name] = text.map { .string($0) } }
        let numbers = ["weight": weight, "timeout": timeout]
        for (name, number) in numbers { members[name] = number.map { .number($0) } }
        members["max_tokens"] = maxTokens.map { .integer(Int64($0)) }
        members["context_window"] = contextWindow.map { .integer(Int64($0)) }
        let limits = ["requests_per_minute": rpm, "tokens_per_minute": tpm, "concurrency": concurrency]
            .compactMapValues { $0.map { JSONValue.integer(Int64($0)) } }
        if !limits.isEmpty { members["limits"] = .object(limits) }
        if !auth.isEmpty { members["auth"] = .array(auth.map { .string($0) }) }
        if !fallback.isEmpty { members["fallbacks"] = .array(fallback.map { .string($0) }) }
        if let inputPrice, let outputPrice {
            members["prices"] = [
                ModelPrices.Rate.input.rawValue: .number(inputPrice / 1e6), ModelPrices.Rate.output.rawValue: .number(outputPrice / 1e6),
            ]
        }
        if let apiKeyVariable { members["api_key"] = ["env": .string(apiKeyVariable)] }
        if let apiKeyFile { members["api_key"] = .string(try Self.key(from: apiKeyFile)) }
        return members
    }

    private static func key(from path: String) throws(CommandFailure) -> String {
        let text = String(decoding: try InputFile.contents(of: path), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw CommandFailure(.usage, "\(path == "-" ? "standard input" : path) holds no key") }
        return text
    }
}
