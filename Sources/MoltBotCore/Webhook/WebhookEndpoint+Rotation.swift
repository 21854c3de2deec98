extension WebhookEndpoint {
    /// Puts a new secret first. Those before it sign until the overlap has ended, or earlier where that was decided before.
    package mutating func rotateSecret(to new: WebhookSecret, overlap: Duration, at now: Timestamp) {
        let end = now + overlap
        let old = secrets.filter { $0.text != new.text }
            .map { WebhookSecret($0.text, expiresAt: min($0.expiresAt ?? end, end)) }
            .filter { $0.expiresAt.map { $0 > now } ?? true }
        secrets = [new] + old.prefix(Self.maximumSecrets - 1)
    }
}
