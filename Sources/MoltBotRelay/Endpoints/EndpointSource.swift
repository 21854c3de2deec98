package import Logging
internal import MoltBotCore
package import MoltBotMessaging

/// Keeps a relay's endpoints as the registry has them, and writes into it what the relay finds out.
package struct EndpointSource: Sendable {
    static let failingSince = "failing_since"
    private static let disabledReason = "disabled_reason"

    private let session: BrokerSession
    private let keys: MasterKeySource
    private let logger: Logger
    private let retryTime: Duration

    /// - Parameters:
    ///   - keys: what the endpoints' secrets are sealed with.
    ///   - retryTime: how often secrets are tried again that could not be opened.
    package init(_ session: BrokerSession, keys: MasterKeySource, logger: Logger, retryTime: Duration = .seconds(15)) {
        self.session = session
        self.logger = logger
        self.keys = keys
        self.retryTime = retryTime
    }

    /// Until shut down or cancelled.
    package func follow(into directory: EndpointDirectory) async {
        let reading = EndpointReading(directory, keys: keys, logger: logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await RegistryFollower(session, kinds: [.webhookEndpoint, .webhookHealth]).run { reading.take($0) } }
            group.addTask {
                // Nobody tells when a key is copied to this node.
                while (try? await Task.sleep(for: retryTime)) != nil { reading.tryLockedAgain() }
            }
            await group.next()
            group.cancelAll()
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
