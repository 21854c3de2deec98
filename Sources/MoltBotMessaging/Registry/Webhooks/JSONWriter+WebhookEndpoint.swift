package import MoltBotCore

extension JSONWriter {
    /// The members of an endpoint as listings show it: names of headers without their values, fingerprints instead of secrets.
    package mutating func members(of endpoint: WebhookEndpoint) {
        member("id", endpoint.id)
        member("workspace", endpoint.workspace.name)
        member("url", endpoint.url)
        member("enabled", endpoint.isEnabled)
        member("disabled_reason", endpoint.disabledReason)
        member("events", endpoint.eventTypes.map(\.description))
        member("headers", endpoint.headers.keys.sorted())
        name("secrets")
        beginArray()
        for secret in endpoint.secrets { self.secret(secret) }
        endArray()
        name("schedule")
        beginArray()
        for wait in endpoint.schedule { number(ofSeconds: wait) }
        endArray()
        member("max_in_flight", endpoint.maxInFlight)
        name("rate_limit")
        if let limit = endpoint.rateLimit {
            beginObject()
            member("requests", limit.requests)
            member("period", seconds: limit.period)
            endObject()
        } else {
            null()
        }
        member("timeout", seconds: endpoint.timeout)
        member("ordering", endpoint.ordering.rawValue)
        member("description", endpoint.description)
        member("created_at", endpoint.createdAt)
    }

    private mutating func secret(_ secret: WebhookSecret) {
        beginObject()
        member("kind", secret.kind.rawValue)
        member("fingerprint", secret.fingerprint)
        member("public_key", secret.publicKey)
        member("expires_at", secret.expiresAt)
        endObject()
    }

    private mutating func number(ofSeconds wait: Duration) {
        if wait.components.attoseconds == 0 { integer(wait.components.seconds) } else { number(wait / .seconds(1)) }
    }
}
