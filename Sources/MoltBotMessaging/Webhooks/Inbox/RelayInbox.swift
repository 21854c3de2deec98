internal import AMQP
internal import Logging
internal import MoltBotCore

/// Takes events from the relay's queue.
package struct RelayInbox: Sendable {
    package enum Mode: Sendable {
        /// All relays share the queue, and events take their ways side by side.
        case shared
        /// One relay at a time has the queue, and a task's events are handled one after the other, in its order.
        case alone
    }

    package enum Standing: Sendable, Hashable {
        case taking(Mode)
        /// Another relay has the queue; this one waits for its end.
        case standingBy
        /// It would have its turn, but for a permission.
        case forbidden
        case absent
    }

    private static let pauseWithoutPermission = Duration.seconds(5)

    private let session: BrokerSession
    private let turn: RelayTurn
    private let recovery: QueueRecovery

    /// - Parameter restore: declares what a lost queue needs, where that is allowed; runs before the consumer starts again.
    package init(_ session: BrokerSession, restore: @escaping @Sendable () async throws -> Void) {
        self.session = session
        turn = RelayTurn(session: session)
        recovery = QueueRecovery(of: BrokerNames.Queue.relay, restore: restore, logger: session.logger)
    }

    /// Consumes until told to stop (then returns when the running handlers are done) or cancelled.
    ///
    /// Events about webhooks themselves are dropped here: delivered, each would bring about the next.
    /// - Parameters:
    ///   - stopped: returns when no more is to be taken, at once if that is so already, and when it is cancelled.
    ///   - changed: called with each change of standing.
    ///   - handler: returns when all that follows from the event is stored.
    package func run(
        _ mode: Mode, until stopped: @escaping @Sendable () async -> Void, changed: @escaping @Sendable (Standing) -> Void,
        handler: @escaping @Sendable (RelayEvent) async throws -> Void
    ) async {
        let book = StandingBook(changed, logger: session.logger)
        defer { book.set(.absent) }
        while !Task.isCancelled {
            do {
                guard try await unless(stopped, { try await session.consuming.waitUntilConnected(within: .seconds(3600)) }) != nil
                else { return }
                if try await consume(mode, until: stopped, book, handler) { return }
                book.set(.standingBy)
                guard try await unless(stopped, { try await turn.standBy() }) != nil else { return }
            } catch {
                if await isOver(after: error, until: stopped, book) { return }
            }
        }
    }

    /// Returns when it was told to stop, with true; false when another relay has its turn.
    private func consume(
        _ mode: Mode, until stopped: @escaping @Sendable () async -> Void, _ book: StandingBook,
        _ handler: @escaping @Sendable (RelayEvent) async throws -> Void
    ) async throws -> Bool {
        func read(_ channel: AMQPChannel, _ deliveries: AsyncStream<AMQPDelivery>) async {
            book.set(.taking(mode))
            await InboxReading(channel, mode: mode, logger: session.logger, until: stopped, handler: handler).run(deliveries)
        }
        switch mode {
        case .shared:
            try await session.consuming.withChannel { channel in
                try await channel.withDeliveries(of: InboxReading.subscription, until: stopped) { await read(channel, $0) }
            }
            return true
        case .alone:
            return try await turn.consume(InboxReading.subscription, until: stopped) { await read($0, $1) }
        }
    }

    /// Waits until it makes sense to try again. True when it was told to stop meanwhile.
    private func isOver(
        after error: any Error, until stopped: @escaping @Sendable () async -> Void, _ book: StandingBook
    ) async -> Bool {
        if let forbidden = error as? RelayTurn.Forbidden {
            book.set(.forbidden, because: forbidden.cause)
            return (try? await unless(stopped) { try await Task.sleep(for: Self.pauseWithoutPermission) }) == nil
        }
        book.set(.absent)
        // A connection comes back by itself.
        guard let error = error as? AMQPError, !error.isConnectionLoss else { return false }
        return (try? await unless(stopped) { await recovery.recover(from: error) }) == nil
    }
}

extension AMQPError {
    /// Also when a channel was being opened while its connection went. A client that has no connection for good says `notConnected` at
    /// once, each time.
    fileprivate var isConnectionLoss: Bool {
        switch code {
        case .connectionLost, .connectionClosed, .timeout: true
        default: false
        }
    }
}
