internal import MoltBotCore
internal import MoltBotMessaging

extension MoltBot.Model {
    /// As REST states it, the key in the clear.
    var document: JSONValue {
        var fields: [String: JSONValue] = [
            "name": .string(name), "model": .string(model), "provider": .string(provider), "weight": .number(weight),
            "enabled": .bool(isEnabled),
        ]
        fields["base_url"] = baseURL.map { .string($0) }
        fields["provider_model"] = providerModel.map { .string($0) }
        fields["api_key"] = key.map { key in
            switch key {
            case .secret(let secret): .string(secret.reveal())
            case .environment(let variable): ["env": .string(variable)]
            case .sealed(let text): .string(text)
            }
        }
        fields["zone"] = zone.map { .string($0) }
        if !prices.isEmpty { fields["prices"] = .object(prices.mapValues { .number($0) }) }
        fields["limits"] = limits
        fields["max_tokens"] = maximumOutputTokens.map { .integer(Int64($0)) }
        fields["context_window"] = contextWindow.map { .integer(Int64($0)) }
        fields["timeout"] = timeout.map { .number($0 / .seconds(1)) }
        if !fallbacks.isEmpty { fields["fallbacks"] = .array(fallbacks.map { .string($0) }) }
        return .object(fields)
    }

    private var limits: JSONValue? {
        var limits: [String: JSONValue] = [:]
        limits["requests_per_minute"] = requestsPerMinute.map { .integer(Int64($0)) }
        limits["tokens_per_minute"] = tokensPerMinute.map { .integer(Int64($0)) }
        limits["concurrency"] = concurrency.map { .integer(Int64($0)) }
        return limits.isEmpty ? nil : .object(limits)
    }

    init(_ entry: DeploymentEntry) {
        let deployment = entry.deployment
        self.init(
            name: deployment.name, model: deployment.model, provider: deployment.provider.name, baseURL: deployment.baseURL,
            key: deployment.credentials.lazy.compactMap { Key($0) }.first)
        providerModel = deployment.providerModel == deployment.model ? nil : deployment.providerModel
        zone = deployment.zone
        weight = deployment.weight
        prices = entry.publicValue["prices"]?.objectValue?.compactMapValues(\.doubleValue) ?? [:]
        requestsPerMinute = deployment.limits.requestsPerMinute
        tokensPerMinute = deployment.limits.tokensPerMinute
        concurrency = deployment.limits.concurrency
        maximumOutputTokens = deployment.maximumOutputTokens
        contextWindow = deployment.contextWindow
        timeout = deployment.timeout
        isEnabled = deployment.isEnabled
        fallbacks = deployment.fallbacks.onError
    }
}

extension MoltBot.Model.Key {
    /// Nil for credentials of kinds that the library does not write.
    fileprivate init?(_ credential: DeploymentCredential) {
        guard case .apiKey(let source) = credential.kind else { return nil }
        self =
            switch source {
            case .plain(let secret): .secret(MoltBot.Secret(secret.reveal()))
            case .environment(let variable): .environment(variable)
            case .sealed(let text): .sealed(text)
            }
    }
}
