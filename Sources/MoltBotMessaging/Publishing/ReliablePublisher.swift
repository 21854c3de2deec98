internal import AMQP
internal import Logging

/// Publishes until the broker has the message: a lost connection, an alarm or a refusal only delays it.
///
/// Where the outcome of an attempt is unknown the same message, with the same message id, is published again: receivers may see it
/// twice and can tell. The one place in MoltBot that repeats a publish.
struct ReliablePublisher: Sendable {
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    let client: AMQPClient
    let logger: Logger

    /// - Parameter isAlreadyStored: asked after an unknown outcome; true ends the effort.
    /// - Throws: what cannot be mended by repeating (`unroutable`, 403, 404, too large), and `cancelled`.
    func publish(
        _ message: AMQPMessage, isAlreadyStored: (AMQPError) async -> Bool = { _ in false }
    ) async throws(AMQPError) {
        var pause = Self.firstPause
        while true {
            do throws(AMQPError) {
                return try await client.publish(message)
            } catch {
                guard error.isRetriable else { throw error }
                if error.code == .outcomeUnknown, await isAlreadyStored(error) { return }
                logger.log(
                    level: pause == Self.firstPause ? .warning : .debug, "Cannot publish now; trying again",
                    metadata: ["amqp.error": "\(error)", "moltbot.message.id": "\(message.properties.messageID ?? "")"])
            }
            do {
                try await Task.sleep(for: pause * Double.random(in: 0.5...1))
            } catch {
                throw AMQPError(.cancelled, "gave up publishing: the task was cancelled", cause: error)
            }
            pause = min(pause * 2, Self.longestPause)
        }
    }
}
