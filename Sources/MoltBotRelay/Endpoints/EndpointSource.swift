package import Logging
internal import MoltBotCore
package import MoltBotMessaging

/// Keeps a relay's endpoints as the registry has them, and writes into it what the relay finds out.
package struct EndpointSource: Sendable {
    private static let failingSince = "failing_since"
    private static let disabledReason = "disabled_reason"

    private let session: BrokerSession
    private let keys: MasterKeySource
    private let logger: Logger

    /// - Parameter keys: what the endpoints' secrets are sealed with.
    package init(_ session: BrokerSession, keys: MasterKeySource, logger: Logger) {
        self.session = session
        self.logger = logger
        self.keys = keys
    }

    /// Until shut down or cancelled.
    package func follow(into directory: EndpointDirectory) async {
        await RegistryFollower(session, kinds: [.webhookEndpoint, .webhookHealth]).run { records in
            directory.apply(changes(records))
        }
    }

    private func changes(_ records: [RegistryRecord]) -> [EndpointChange] {
        records.compactMap { record in
            switch record.kind {
            case .webhookEndpoint:
                guard record.value != nil else { return .removed(id: record.id) }
                return endpoint(record).map { .set($0) }
            case .webhookHealth:
                let since = record.value?[Self.failingSince]?.stringValue.flatMap(Timestamp.init(rfc3339:))
                return .health(id: record.id, failingSince: since)
            default:
                return nil
            }
        }
    }

    /// An endpoint that can't be read stays as it was known, and gets nothing if it was not.
    private func endpoint(_ record: RegistryRecord) -> WebhookEndpoint? {
        do throws(RegistryError) {
            // Read each time: the first endpoint makes the key file, perhaps after this relay has started.
            return try WebhookEndpoint(record, openedBy: SecretSeal(try keys.keys()))
        } catch {
            logger.error(
                "A webhook endpoint can't be read; nothing is delivered to it",
                metadata: ["moltbot.endpoint": "\(record.id)", "moltbot.reason": "\(error.message)"])
            return nil
        }
    }

    package var registrar: EndpointRegistrar {
        let session = session
        return EndpointRegistrar { endpoint, reason in
            try await Registry(session).change([.webhookEndpoint]) { state in
                guard var record = state.record(.webhookEndpoint, endpoint.id), case .object(var members)? = record.value,
                    members[Self.disabledReason]?.stringValue == nil
                else { return [] }
                members[Self.disabledReason] = .string(reason)
                record.value = .object(members)
                record.time = .now()
                return [record]
            }
        } recordHealth: { endpoint, since in
            let value = since.map { since -> JSONValue in [Self.failingSince: .string(since.rfc3339)] }
            try await RegistryWriter(session).append([
                RegistryRecord(kind: .webhookHealth, id: endpoint.id, workspace: endpoint.workspace, value: value)
            ])
        }
    }
}
