internal import AMQP

/// Why a task was not taken. Where nothing else is said, it is not stored anywhere.
package enum IntakeRefusal: Error, Sendable, Equatable {
    /// As many tasks are on their way to the broker as may be.
    case busy
    /// The workspace's queue is full.
    case queueFull
    /// No connection to the broker.
    case away(String)
    /// The broker takes no messages: its alarm.
    case blocked(String)
    /// The task left, and the answer did not come: it may or may not be stored.
    case unknownOutcome
    case tooLarge(String)
    /// The broker lacks the workspace's queue, or refuses this user: somebody has to put it right.
    case misconfigured(String)

    init(_ error: AMQPError) {
        self =
            switch error.code {
            case .nacked: .queueFull
            case .blocked: .blocked(error.message)
            case .messageTooLarge: .tooLarge(error.message)
            case .outcomeUnknown, .connectionLost, .connectionClosed, .timeout: .unknownOutcome
            case .unroutable: .misconfigured(error.message)
            case .channelClosed where error.replyCode == 403 || error.replyCode == 404: .misconfigured(error.message)
            case .channelClosed: .unknownOutcome
            default: .away(error.message)
            }
    }
}
