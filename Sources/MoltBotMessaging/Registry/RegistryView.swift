internal import AMQP
package import MoltBotCore
internal import Synchronization

/// What is configured, kept at hand for those who ask often: a process follows the stream once instead of reading it for each question.
///
/// As large as the entries of its kinds are together.
package final class RegistryView: Sendable {
    private struct Present {
        var state = RegistryState()
        var isLoaded = false
        /// What was read last; nil while the stream is lost.
        var position: RegistryPosition?
        var waiting: (end: RegistryPosition, reached: AsyncStream<Void>.Continuation)?

        func hasRead(to end: RegistryPosition) -> Bool {
            // A stream that was deleted ends its readers' channels at once, so offsets here are of the same stream.
            position.map { $0 == end || $0.offset > end.offset } ?? false
        }
    }

    private let session: BrokerSession
    private let kinds: Set<RegistryRecord.Kind>
    private let patience: Duration
    private let present = Mutex(Present())
    private let rounds = SharedRounds<Bool>()

    /// - Parameter patience: how long an answer waits for what was just written.
    package init(_ session: BrokerSession, kinds: Set<RegistryRecord.Kind>, patience: Duration = .seconds(2)) {
        self.session = session
        self.kinds = kinds
        self.patience = patience
    }

    /// Follows until cancelled or shut down.
    /// - Parameter apply: as in ``RegistryFollower/run(_:)``; the records are in the view by then.
    package func run(_ apply: @escaping @Sendable ([RegistryRecord]) async -> Void = { _ in }) async {
        await RegistryFollower(session, kinds: kinds) { self.read(to: $0) }.run { records in
            self.take(records)
            await apply(records)
        }
    }

    /// Everything that was stored before the call, by whichever node. Where the broker can't be asked, or this process does not get that
    /// far in time: what it knows.
    /// - Throws: ``AMQPError`` of code `timeout` while it knows nothing.
    package func state() async throws -> RegistryState {
        _ = await rounds.next { await self.catchUp() }
        let state = present.withLock { $0.isLoaded ? $0.state : nil }
        guard let state else { throw AMQPError(.timeout, "this process has not read the registry yet; try again in a moment") }
        return state
    }

    private func take(_ records: [RegistryRecord]) {
        present.withLock { present in
            for record in records { present.state.set(record) }
            present.isLoaded = true
        }
    }

    private func read(to position: RegistryPosition?) {
        let reached = present.withLock { present -> AsyncStream<Void>.Continuation? in
            present.position = position
            guard let waiting = present.waiting, present.hasRead(to: waiting.end) else { return nil }
            return waiting.reached
        }
        reached?.yield()
    }

    /// - Returns: whether everything was read that the stream held at the moment of the call.
    private func catchUp() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [session] in
                // Nil comes from a broker that takes its time: the stream has at least the mark of whoever read it first.
                while !Task.isCancelled {
                    do {
                        guard let end = try await RegistryEnd(session: session).lastMessage() else { continue }
                        return await self.wait(for: end)
                    } catch {
                        return false
                    }
                }
                return false
            }
            group.addTask { [patience] in
                // Cut short when the end was reached.
                try? await Task.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// - Returns: false when cancelled.
    private func wait(for end: RegistryPosition) async -> Bool {
        let (signal, reached) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isThere = present.withLock { present in
            // One round at a time: nobody else waits.
            present.waiting = (end, reached)
            return present.hasRead(to: end)
        }
        defer { present.withLock { $0.waiting = nil } }
        if isThere { return true }
        for await _ in signal { return true }
        return false
    }
}
