import AMQP
import Logging
import MoltBotMessaging
import ServiceLifecycle

/// Says once that everything is up, then waits for the end.
struct ReadyNotice: Service {
    let sessions: [BrokerSession]
    let logger: Logger
    let announce: @Sendable () async throws -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                for session in sessions {
                    try await session.publishing.withChannel { _ in }
                    try await session.consuming.withChannel { _ in }
                }
                try await announce()
            } catch is Console.Closed {
                // Nobody wants to know.
            } catch {
                // The connections go on trying, and log what keeps them from it.
                logger.notice("Not ready yet", metadata: ["reason": "\(error)"])
            }
        }
        try? await gracefulShutdown()
    }
}
