import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// One deployment, for a person or for a program, without its secrets.
struct DeploymentReport: Sendable {
    enum Source: String {
        case registry
        case file
        /// What is always there, or what OPENAI_BASE_URL and OPENAI_API_KEY name.
        case builtIn = "built-in"
    }

    let deployment: Deployment
    let source: Source
    let workspace: Workspace

    init(_ entry: DeploymentEntry) {
        deployment = entry.deployment
        source = .registry
        workspace = entry.workspace
    }

    init(_ deployment: Deployment, from source: Source) {
        self.deployment = deployment
        self.source = source
        workspace = .default
    }

    func print(to console: Console, asJSON: Bool) throws {
        guard asJSON else {
            for (label, text) in lines { try console.print(label + String(repeating: " ", count: 16 - label.count) + text) }
            return
        }
        try console.print { writer in
            writer.beginObject()
            writer.member("name", deployment.name)
            writer.member("model", deployment.model)
            writer.member("provider", deployment.provider.name)
            writer.member("base_url", deployment.baseURL ?? deployment.provider.defaultBaseURL)
            writer.member("provider_model", deployment.providerModel)
            writer.member("enabled", deployment.isEnabled)
            writer.member("source", source.rawValue)
            writer.member("workspace", workspace.name)
            writer.member("credentials", deployment.credentials.map(\.name))
            writer.member("zone", deployment.zone)
            writer.member("weight", deployment.weight)
            writer.name("limits")
            writer.beginObject()
            writer.member("requests_per_minute", deployment.limits.requestsPerMinute)
            writer.member("tokens_per_minute", deployment.limits.tokensPerMinute)
            writer.member("concurrency", deployment.limits.concurrency)
            writer.endObject()
            writer.member("prices", prices)
            writer.member("max_tokens", deployment.maximumOutputTokens)
            writer.member("context_window", deployment.contextWindow)
            writer.member("timeout", deployment.timeout.map { $0 / .seconds(1) })
            writer.name("fallbacks")
            writer.beginObject()
            writer.member("error", deployment.fallbacks.onError)
            writer.member("context_length", deployment.fallbacks.onContextLength)
            writer.member("content_policy", deployment.fallbacks.onContentPolicy)
            writer.endObject()
            writer.endObject()
        }
    }

    private var prices: JSONValue {
        let fields = deployment.prices?.fields.map { ($0.name, JSONValue.number($0.dollars)) } ?? []
        return .object(Dictionary(fields) { first, _ in first })
    }

    private var lines: [(String, String)] {
        var lines = [
            ("name", deployment.name),
            ("model", deployment.model),
            ("provider", deployment.provider.name),
            ("provider model", deployment.providerModel),
            ("address", deployment.baseURL ?? deployment.provider.defaultBaseURL ?? "-"),
            ("state", deployment.isEnabled ? "enabled" : "disabled"),
            ("from", source == .registry ? "registry, workspace \(workspace)" : source.rawValue),
            ("keys", deployment.credentials.isEmpty ? "none" : deployment.credentials.map(\.name).joined(separator: ", ")),
            ("weight", "\(deployment.weight)"),
        ]
        if let zone = deployment.zone { lines.append(("zone", zone)) }
        lines += [
            deployment.limits.requestsPerMinute.map { ("limit", "\($0) requests/min") },
            deployment.limits.tokensPerMinute.map { ("limit", "\($0) tokens/min") },
            deployment.limits.concurrency.map { ("limit", "\($0) calls at once") },
            deployment.maximumOutputTokens.map { ("max tokens", "\($0)") },
            deployment.contextWindow.map { ("context", "\($0) tokens") },
            deployment.timeout.map { ("timeout", $0.settingText) },
        ].compactMap(\.self)
        lines += deployment.prices?.fields.map { ("price", "\($0.name) \($0.dollars)") } ?? []
        let fallbacks = deployment.fallbacks
        for (reason, models) in [
            ("error", fallbacks.onError), ("too long", fallbacks.onContextLength), ("refused", fallbacks.onContentPolicy),
        ] where !models.isEmpty { lines.append(("on \(reason)", models.joined(separator: ", "))) }
        return lines
    }
}
