extension Deployment {
    /// Reads a deployment as the registry, REST and the settings file state it.
    ///
    /// Strict: an unknown field is most often a misspelt one, and a deployment that runs without its limit is an expensive one.
    package static func decode(_ document: JSONValue) throws(InvalidDeployment) -> Deployment {
        var decoder = DeploymentDecoder()
        return try decoder.decode(document)
    }
}

private struct DeploymentDecoder {
    static let fields = [
        "name", "model", "provider", "base_url", "endpoint", "provider_model", "api_key", "auth", "credentials", "zone", "weight", "prices",
        "limits", "max_tokens", "context_window", "timeout", "enabled", "fallback", "fallbacks",
    ]
    static let longestName = 100

    private var check = FieldChecker()
    private var deployment = Deployment(name: "", provider: .openAI)
    private var providerModel: String?
    private var model: String?
    private var isProviderKnown = false

    mutating func decode(_ document: JSONValue) throws(InvalidDeployment) -> Deployment {
        guard case .object(let members) = document else {
            throw InvalidDeployment(problems: [FieldProblem(path: "", message: "expected an object, got \(document.nameForPeople)")])
        }
        for (name, value) in members where !value.isNull || !Self.fields.contains(name) { read(name, value) }
        settle(members)
        let problems = check.problems
        guard problems.isEmpty else { throw InvalidDeployment(problems: problems) }
        return deployment
    }

    private mutating func read(_ name: String, _ value: JSONValue) {
        switch name {
        case "name": deployment.name = check.deploymentName(value, name) ?? ""
        case "model": model = check.string(value, name, maximumLength: 255)
        case "provider": readProvider(value)
        case "base_url", "endpoint": deployment.baseURL = check.baseURL(value, name)
        case "provider_model": providerModel = check.string(value, name, maximumLength: 255)
        case "api_key", "auth", "credentials": deployment.credentials += check.credentials(name, value)
        case "zone": deployment.zone = check.string(value, name, maximumLength: Self.longestName)
        case "weight": deployment.weight = check.number(value, name, in: 0...1_000_000) ?? 1
        case "prices": deployment.prices = check.prices(value, name)
        case "limits": deployment.limits = check.limits(value, name)
        case "max_tokens": deployment.maximumOutputTokens = check.integer(value, name, in: 1...Int64.max)
        case "context_window": deployment.contextWindow = check.integer(value, name, in: 1...Int64.max)
        case "timeout": deployment.timeout = check.seconds(value, name, atMost: 86_400)
        case "enabled": deployment.isEnabled = check.bool(value, name) ?? true
        case "fallback", "fallbacks": deployment.fallbacks = check.fallbacks(value, name)
        default: check.unknown(name, in: "", known: Self.fields)
        }
    }

    private mutating func readProvider(_ value: JSONValue) {
        guard let name = check.string(value, "provider") else { return }
        guard let provider = ProviderKind(name: name) else {
            let names = ProviderKind.all.map(\.name)
            let hint = Spelling.nearest(to: name, in: names).map { "did you mean \"\($0)\"? " } ?? ""
            return check.reject(
                "provider",
                "\"\(name)\" is unknown; \(hint)Known: \(names.joined(separator: ", ")). Any other server with OpenAI's API is \"openai-compatible\""
            )
        }
        deployment.provider = provider
        isProviderKnown = true
    }

    /// What depends on more than one field.
    private mutating func settle(_ members: [String: JSONValue]) {
        if members["name"] == nil { check.reject("name", "is needed: what statistics and logs call this deployment") }
        if members["provider"] == nil {
            check.reject("provider", "is needed: one of \(ProviderKind.all.map(\.name).joined(separator: ", "))")
        }
        deployment.model = model ?? deployment.name
        deployment.providerModel = providerModel ?? deployment.model
        for (one, other) in [("base_url", "endpoint"), ("fallback", "fallbacks")] where members[one] != nil && members[other] != nil {
            check.reject(other, "says the same as \"\(one)\": give only one of them")
        }
        if isProviderKnown, deployment.baseURL == nil, deployment.provider.defaultBaseURL == nil {
            check.reject("base_url", "is needed: provider \"\(deployment.provider)\" has no address of its own")
        }
        var names: Set<String> = []
        for credential in deployment.credentials where !names.insert(credential.name).inserted {
            check.reject("credentials", "two are called \"\(credential.name)\": give each a name of its own")
        }
        if deployment.fallbacks.onError.contains(deployment.model) {
            check.reject("fallbacks", "\"\(deployment.model)\" is its own fallback: remove it")
        }
    }
}
