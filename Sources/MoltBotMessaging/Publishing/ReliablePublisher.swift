internal import AMQP
internal import Logging

/// Publishes until the broker has the message: a lost connection, an alarm or a refusal only delays it.
///
/// Where the outcome of an attempt is unknown the same message, with the same message id, is published again: receivers may see it
/// twice and can tell. The one place in MoltBot that repeats a publish.
struct ReliablePublisher: Sendable {
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)
    private static let longestWait = Duration.seconds(30)

    let client: AMQPClient
    let logger: Logger

    /// - Parameters:
    ///   - repetition: what goes out instead once somebody else may have the message, or what it was made from.
    ///   - mayRepeat: whether to try again after an error.
    ///   - isAlreadyStored: asked once there is a connection, when an outcome is unknown or when the message had to wait for the
    ///     connection: in the meantime somebody else may have stored it. True ends the effort.
    /// - Throws: what cannot be mended by repeating (`unroutable`, 403, 404, too large), and `cancelled`.
    func publish(
        _ message: AMQPMessage, repetition: AMQPMessage? = nil, mayRepeat: (AMQPError) -> Bool = \.isRetriable,
        isAlreadyStored: (AMQPError) async -> Bool = { _ in false }
    ) async throws(AMQPError) {
        var message = message
        var pause = Self.firstPause
        var doubt: AMQPError? = client.status.isConnected ? nil : AMQPError(.notConnected, "the message waits for a connection")
        if doubt != nil, let repetition { message = repetition }
        while true {
            do throws(AMQPError) {
                if let unsure = doubt {
                    try await client.waitUntilConnected(within: Self.longestWait)
                    if await isAlreadyStored(unsure) { return }
                    doubt = nil
                }
                return try await client.publish(message)
            } catch {
                guard mayRepeat(error) else { throw error }
                if doubt == nil { doubt = error.leavesDoubt ? error : nil }
                if doubt != nil, let repetition { message = repetition }
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

    /// Publishes a task again; without its sender's headers when those and MoltBot's do not fit a frame together. Given back to its
    /// queue instead, it would come again and meet the same end for ever.
    func publish(
        _ task: TaskEnvelope, mayRepeat: (AMQPError) -> Bool = \.isRetriable,
        message: (TaskEnvelope.Inheritance) -> AMQPMessage
    ) async throws(AMQPError) {
        do throws(AMQPError) {
            return try await publish(message(.all), mayRepeat: mayRepeat)
        } catch {
            guard error.code == .messageTooLarge else { throw error }
        }
        logger.notice(
            "The headers of a message leave no room for those of MoltBot; it goes on without them",
            metadata: ["moltbot.task.id": "\(task.id)"])
        try await publish(message(.needed), mayRepeat: mayRepeat)
    }
}

extension AMQPError {
    /// False also for a refusal by a full queue, which may stay full for as long as one waits for it here.
    var isRetriableElsewhere: Bool { isRetriable && code != .nacked }

    /// True when time passed, or the message left, so that it may be stored by now: a refusal may be one queue's of several.
    fileprivate var leavesDoubt: Bool { code == .outcomeUnknown || code == .notConnected || code == .nacked }
}
