package import MoltBotCore

/// An endpoint as an entry of the registry.
extension WebhookEndpoint {
    private static let idDigits = Array("abcdefghijklmnopqrstuvwxyz234567")
    private static let idLength = 13

    /// A new endpoint's id: `ep-` and 13 letters and digits, 65 random bits.
    package static func makeID() -> String { id(from: (0..<idLength).map { _ in UInt8.random(in: .min ... .max) }) }

    /// The id that follows from bytes, such as a digest: 5 bits of each of the first 13.
    package static func id(from bytes: [UInt8]) -> String {
        "ep-" + String(bytes.prefix(idLength).map { idDigits[Int($0) % idDigits.count] })
    }

    /// Whether a text has the form of these ids.
    static func isID(_ text: String) -> Bool {
        text.hasPrefix("ep-") && text.count == 3 + idLength && text.dropFirst(3).allSatisfy { idDigits.contains($0) }
    }

    /// The record that sets this endpoint, its secrets and header values sealed.
    /// - Throws: ``RegistryError`` of code `noKey`.
    package func record(sealedBy seal: SecretSeal, at time: Timestamp = .now()) throws(RegistryError) -> RegistryRecord {
        var sealedHeaders: [String: JSONValue] = [:]
        for (name, value) in headers { sealedHeaders[name] = .string(try seal.seal(value, of: .webhookEndpoint, id: id)) }
        var sealedSecrets: [JSONValue] = []
        for secret in secrets {
            let text = try seal.seal(secret.text, of: .webhookEndpoint, id: id)
            sealedSecrets.append(["secret": .string(text), "expires_at": secret.expiresAt.map { .string($0.rfc3339) } ?? .null])
        }
        let value: [String: JSONValue] = [
            "url": .string(url),
            "events": .array(eventTypes.map { .string($0.description) }),
            "headers": .object(sealedHeaders),
            "secrets": .array(sealedSecrets),
            "schedule": .array(schedule.map(\.jsonSeconds)),
            "max_in_flight": .integer(Int64(maxInFlight)),
            "rate_limit": rateLimit.map { ["requests": .integer(Int64($0.requests)), "period": $0.period.jsonSeconds] } ?? .null,
            "timeout": timeout.jsonSeconds,
            "ordering": .string(ordering.rawValue),
            "disabled_reason": disabledReason.map { .string($0) } ?? .null,
            "description": description.map { .string($0) } ?? .null,
            "created_at": .string(createdAt.rfc3339),
        ]
        return RegistryRecord(kind: .webhookEndpoint, id: id, workspace: workspace, value: .object(value), time: time)
    }

    /// The record that removes an endpoint.
    package var removal: RegistryRecord { RegistryRecord(kind: .webhookEndpoint, id: id, workspace: workspace, value: nil) }

    /// Why an entry's endpoint is disabled; nil while it is enabled. Needs no key.
    static func disabledReason(in record: RegistryRecord) -> String? { WebhookEntry(record)["disabled_reason"]?.stringValue }

    /// Reads an entry; what a later version added is left out.
    /// - Throws: ``RegistryError`` of code `invalidEntry`, `unknownKey` or `damagedSecret`, naming the endpoint.
    package init(_ record: RegistryRecord, openedBy seal: SecretSeal) throws(RegistryError) {
        let entry = WebhookEntry(record)
        self.init(
            id: record.id, workspace: record.workspace, url: try entry.text("url"), eventTypes: try entry.eventTypes(),
            secrets: try entry.secrets(seal), createdAt: try entry.time("created_at"))
        headers = try entry.headers(seal)
        schedule = try entry.durations("schedule")
        maxInFlight = try entry.count(entry["max_in_flight"], "max_in_flight")
        rateLimit = try entry.rateLimit()
        timeout = try entry.duration(entry["timeout"], "timeout")
        ordering = try entry.ordering()
        disabledReason = entry["disabled_reason"]?.stringValue
        description = entry["description"]?.stringValue
    }
}

extension Duration {
    /// Seconds, without a fraction when they are whole.
    fileprivate var jsonSeconds: JSONValue {
        components.attoseconds == 0 ? .integer(components.seconds) : .number(self / .seconds(1))
    }
}
