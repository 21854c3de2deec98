import AMQP
import Logging
import MoltBotMessaging
import ServiceLifecycle

/// Says once that everything is up, and what the end waits for.
struct ReadyNotice: Service {
    private let logger: Logger
    private let isUp: @Sendable () async throws -> Void
    private let announce: @Sendable () async throws -> Void
    private let stopping: @Sendable () -> Void

    /// - Parameters:
    ///   - isUp: returns when it is so, or when cancelled.
    ///   - stopping: called at the beginning of an orderly end.
    init(
        logger: Logger, when isUp: @escaping @Sendable () async throws -> Void, stopping: @escaping @Sendable () -> Void = {},
        announce: @escaping @Sendable () async throws -> Void
    ) {
        self.logger = logger
        self.isUp = isUp
        self.stopping = stopping
        self.announce = announce
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                try await isUp()
                if Task.isCancelled { return }
                try await announce()
            } catch is Console.Closed {
                // Nobody wants to know.
            } catch {
                // The connections go on trying, and log what keeps them from it.
                logger.notice("Not ready yet", metadata: ["reason": "\(error)"])
            }
        }
        guard (try? await gracefulShutdown()) != nil else { return }
        stopping()
    }
}

extension ReadyNotice {
    /// As soon as both connections can be used.
    init(session: BrokerSession, logger: Logger, announce: @escaping @Sendable () async throws -> Void) {
        self.init(
            logger: logger,
            when: {
                try await session.publishing.withChannel { _ in }
                try await session.consuming.withChannel { _ in }
            }, announce: announce)
    }
}
