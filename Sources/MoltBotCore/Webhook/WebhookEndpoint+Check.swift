extension WebhookEndpoint {
    /// The current secret and those whose rotation has not ended.
    package static let maximumSecrets = 11
    package static let maximumOverlap = Duration.seconds(7 * 86_400)

    private static let maximumEventTypes = 32
    private static let maximumRetries = 50
    private static let inFlightLimits = 1...1000
    private static let requestLimits = 1...1_000_000
    private static let periodLimits = Duration.seconds(1)...Duration.seconds(86_400)
    private static let timeoutLimits = Duration.seconds(1)...Duration.seconds(60)
    private static let waitLimits = Duration.seconds(1)...DelayLadder.maximum
    private static let maximumDescriptionBytes = 1000

    /// Whether the endpoint can be registered; its id and workspace are taken for good.
    /// - Parameters: see ``WebhookURL/check(_:field:allowHTTP:allowedNetworks:)``.
    package func check(allowHTTP: Bool, allowedNetworks: [IPNetwork]) throws(InvalidWebhook) {
        _ = try WebhookURL.check(url, allowHTTP: allowHTTP, allowedNetworks: allowedNetworks)
        try checkEventTypes()
        try WebhookHeaders.check(headers)
        try checkSecrets()
        try checkPace()
        guard description?.utf8.count ?? 0 <= Self.maximumDescriptionBytes else {
            throw InvalidWebhook("description", "longer than \(Self.maximumDescriptionBytes) bytes")
        }
    }

    private func checkEventTypes() throws(InvalidWebhook) {
        guard (1...Self.maximumEventTypes).contains(eventTypes.count) else {
            throw InvalidWebhook("events", "expected 1 to \(Self.maximumEventTypes) event types, got \(eventTypes.count)")
        }
        let known = TaskEventType.allCases.map(\.rawValue)
        for pattern in eventTypes {
            // Other words may come with a later version; those of tasks are all known.
            guard pattern.description.hasPrefix("task."), !known.contains(where: pattern.matches) else { continue }
            let hint =
                Spelling.nearest(to: pattern.description, in: known).map { "did you mean \"\($0)\"?" }
                ?? "there are \(known.joined(separator: ", "))"
            throw InvalidWebhook("events", "no event is called \"\(pattern)\": \(hint)")
        }
    }

    private func checkSecrets() throws(InvalidWebhook) {
        guard (1...Self.maximumSecrets).contains(secrets.count) else {
            throw InvalidWebhook("secret", "expected a secret and at most \(Self.maximumSecrets - 1) that are being rotated out")
        }
        _ = try WebhookSigner(secrets)
    }

    private func checkPace() throws(InvalidWebhook) {
        guard schedule.count <= Self.maximumRetries, schedule.allSatisfy(Self.waitLimits.contains) else {
            throw InvalidWebhook("schedule", "expected at most \(Self.maximumRetries) waits of 1 s to \(Self.waitLimits.upperBound)")
        }
        guard Self.inFlightLimits.contains(maxInFlight) else {
            throw InvalidWebhook("max_in_flight", "expected 1 to \(Self.inFlightLimits.upperBound), got \(maxInFlight)")
        }
        if let rateLimit {
            guard Self.requestLimits.contains(rateLimit.requests), Self.periodLimits.contains(rateLimit.period) else {
                throw InvalidWebhook("rate_limit", "expected 1 to \(Self.requestLimits.upperBound) requests in 1 s to 1 day")
            }
        }
        guard Self.timeoutLimits.contains(timeout) else { throw InvalidWebhook("timeout", "expected 1 to 60 s, got \(timeout)") }
    }
}
