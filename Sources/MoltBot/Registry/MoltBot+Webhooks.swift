internal import MoltBotCore
internal import MoltBotMessaging

extension MoltBot {
    /// Registers an endpoint for the workspace's events: from now on the relay (`moltbot relay`) delivers them there, signed as Standard
    /// Webhooks says, also while this program does not run. For one task alone use ``Request/callback``.
    ///
    /// The secret is sealed with the master key, which ``Options/masterKey`` or ``Options/masterKeyFile`` has to give.
    /// - Parameters:
    ///   - url: https; see ``Options/allowsHTTPWebhooks`` and ``Options/allowedWebhookNetworks``.
    ///   - events: event types, with `*` for one word and, at the end, for all that follow.
    ///   - secret: one that you bring along, `whsec_...` or `whsk_...`; nil makes a new one.
    ///   - headers: sent along with each request; kept sealed.
    /// - Throws: ``MoltBotError``: `invalidRequest`, `registry`, `closed`, `cancelled`.
    public func webhook(
        _ url: String, events: [String] = EventType.terminal.map(\.rawValue), secret: Secret? = nil, headers: [String: Secret] = [:]
    ) async throws(MoltBotError) -> Webhook {
        let core = core
        return try await core.operations.run {
            var patterns: [EventPattern] = []
            for event in events {
                guard let pattern = EventPattern(event) else {
                    throw InvalidWebhook("events", "'\(event)' is no event type; write one such as task.completed, or task.*")
                }
                patterns.append(pattern)
            }
            let signing = try secret.map { try WebhookSecret(parsing: $0.reveal()) } ?? .generate()
            var endpoint = WebhookEndpoint(
                id: WebhookEndpoint.makeID(), workspace: core.workspace, url: url, eventTypes: patterns, secrets: [signing],
                createdAt: .now())
            endpoint.headers = headers.mapValues(\.string)
            try await core.webhooks().add(endpoint)
            return Webhook(id: endpoint.id, url: url, events: events, secret: Secret(signing.text.reveal()))
        }
    }

    /// Ends the deliveries to an endpoint. What still waits for it is deleted.
    /// - Throws: ``MoltBotError`` with code `registry` when there is no such endpoint in the workspace.
    public func removeWebhook(_ id: String) async throws(MoltBotError) {
        let core = core
        try await core.operations.run { _ = try await core.webhooks().remove(id) }
    }
}

extension ClientCore {
    fileprivate func webhooks() throws -> WebhookRegister {
        var rules = WebhookRegister.Rules(allowsHTTP: options.allowsHTTPWebhooks)
        for text in options.allowedWebhookNetworks {
            guard let network = IPNetwork(text) else {
                throw MoltBotError(
                    .invalidConfiguration, "\"\(text)\" is no network; write its first address and its length, as 10.20.0.0/16")
            }
            rules.allowedNetworks.append(network)
        }
        // An endpoint's queue is the same in all topologies.
        return WebhookRegister(session, keys: masterKeys, rules: rules, topology: try TopologyFile.builtIn().topology).of(workspace)
    }
}
