internal import AMQP
package import MoltBotCore
internal import Synchronization

/// A look at what is configured, and a way to change it: for commands and requests, which come and go.
///
/// Reads the whole stream each time, and with a ``RegistryView`` only for a change. A process that has to do with each change follows
/// the stream: ``RegistryFollower``.
package struct Registry: Sendable {
    /// The stream is small; longer than this takes only a broker in trouble.
    private static let patience = Duration.seconds(20)
    /// Others' changes to the same entry that may come between; each takes another reading of a few milliseconds.
    private static let maximumTries = 20

    private let session: BrokerSession
    private let view: RegistryView?

    /// - Parameter view: answers what can be answered from it; it knows all kinds that are asked for.
    package init(_ session: BrokerSession, view: RegistryView? = nil) {
        self.session = session
        self.view = view
    }

    /// Everything of these kinds that is stored at the moment of asking.
    /// - Throws: ``AMQPError``: `timeout`; 404 when the stream does not exist. With a view: ``RegistryView/state()``.
    package func snapshot(of kinds: Set<RegistryRecord.Kind>) async throws -> RegistryState {
        if let view { return try await view.state() }
        return try await reading(kinds) { $0.projection.state }
    }

    /// Changes entries without undoing what others change at the same time.
    ///
    /// - Parameter change: makes records out of the present state. Called again with a newer state when somebody else was faster with
    ///   one of the entries.
    /// - Returns: the state with the change.
    /// - Throws: what `change` throws, with nothing changed by that call; ``AMQPError`` like ``snapshot(of:)``, and `outcomeUnknown` once a
    ///   record may be in the stream.
    @discardableResult
    package func change(
        _ kinds: Set<RegistryRecord.Kind>, _ change: @escaping @Sendable (RegistryState) throws -> [RegistryRecord]
    ) async throws -> RegistryState {
        let writer = RegistryWriter(session)
        let hasWritten = Mutex(false)
        do {
            return try await reading(kinds) { reader in
                for _ in 0..<Self.maximumTries {
                    var isDone = true
                    for record in try change(reader.projection.state) {
                        hasWritten.withLock { $0 = true }
                        let revision = try await writer.append(record, over: reader.projection.base(of: record))
                        let counts = try await reader.read(to: revision)
                        isDone = isDone && counts
                    }
                    if isDone { return reader.projection.state }
                }
                throw AMQPError(.timeout, "others kept changing the same entry of the registry")
            }
        } catch let error as AMQPError where error.isRetriable && hasWritten.withLock(\.self) {
            throw AMQPError(
                .outcomeUnknown, "it is not known whether the registry was changed, look before you repeat it: \(error.message)",
                cause: error)
        }
    }

    /// Runs `body` with a reader that has read all that was stored before.
    private func reading<Result: Sendable>(
        _ kinds: Set<RegistryRecord.Kind>, _ body: @escaping @Sendable (inout RegistryReader) async throws -> Result
    ) async throws -> Result {
        let session = session
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask {
                try await session.consuming.withChannel(timeout: Self.patience) { channel in
                    var reader = try await RegistryReader(channel, kinds: kinds, logger: session.logger)
                    try await reader.catchUp(session)
                    return try await body(&reader)
                }
            }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw AMQPError(.timeout, "the registry could not be read to its end within \(Self.patience)")
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
