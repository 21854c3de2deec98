internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Turns the registry's records into a directory's endpoints, and remembers those whose secrets can't be opened here yet.
final class EndpointReading: Sendable {
    private let directory: EndpointDirectory
    private let keys: MasterKeySource
    private let logger: Logger
    /// The latest records of locked endpoints. Held while the directory changes, so that no older record comes after a newer one.
    private let locked = Mutex<[String: RegistryRecord]>([:])

    init(_ directory: EndpointDirectory, keys: MasterKeySource, logger: Logger) {
        self.directory = directory
        self.keys = keys
        self.logger = logger
    }

    /// What the registry says, in its order.
    func take(_ records: [RegistryRecord]) {
        locked.withLock { locked in directory.apply(records.compactMap { change($0, &locked) }) }
    }

    /// Perhaps the key is here by now.
    func tryLockedAgain() {
        locked.withLock { locked in
            let opened = locked.values.compactMap { try? endpoint($0) }
            guard !opened.isEmpty else { return }
            for endpoint in opened {
                locked[endpoint.id] = nil
                logger.notice(
                    "A webhook endpoint can be read now; what waits for it is delivered", metadata: ["moltbot.endpoint": "\(endpoint.id)"])
            }
            directory.apply(opened.map { .set($0) })
        }
    }

    private func change(_ record: RegistryRecord, _ locked: inout [String: RegistryRecord]) -> EndpointChange? {
        switch record.kind {
        case .webhookEndpoint:
            locked[record.id] = nil
            guard record.value != nil else { return .removed(id: record.id) }
            do throws(RegistryError) {
                return .set(try endpoint(record))
            } catch {
                return lock(record, &locked, because: error)
            }
        case .webhookHealth:
            let since = record.value?[EndpointSource.failingSince]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            return .health(id: record.id, failingSince: since)
        default:
            return nil
        }
    }

    /// An endpoint that does not even say what it wants stays as it was known, and gets nothing if it was not.
    private func lock(
        _ record: RegistryRecord, _ locked: inout [String: RegistryRecord], because error: RegistryError
    ) -> EndpointChange? {
        let route = try? WebhookRoute(record)
        if route != nil { locked[record.id] = record }
        logger.error(
            route == nil
                ? "A webhook endpoint can't be read and stays as it was known, if it was"
                : "A webhook endpoint can't be read; its deliveries wait in its queue",
            metadata: ["moltbot.endpoint": "\(record.id)", "moltbot.reason": "\(error.message)"])
        return route.map { .locked($0) }
    }

    private func endpoint(_ record: RegistryRecord) throws(RegistryError) -> WebhookEndpoint {
        // Read each time: the first endpoint makes the key file, perhaps after this relay has started.
        try WebhookEndpoint(record, openedBy: SecretSeal(try keys.keys()))
    }
}
