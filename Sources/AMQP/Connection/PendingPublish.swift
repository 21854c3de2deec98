internal import NIOCore

/// What became of a publish.
enum PublishOutcome: Sendable {
    case stored
    case failed(AMQPError)
    /// The channel ended before the message left: it can be published on another without being stored twice.
    case notSent(AMQPError)
}

/// A publish between its call and its outcome.
final class PendingPublish {
    let message: AMQPMessage
    let deadline: NIODeadline
    private let resume: (PublishOutcome) -> Void

    init(message: AMQPMessage, deadline: NIODeadline, resume: @escaping (PublishOutcome) -> Void) {
        self.message = message
        self.deadline = deadline
        self.resume = resume
    }

    func stored() { resume(.stored) }
    func failed(_ error: AMQPError) { resume(.failed(error)) }
    func notSent(_ error: AMQPError) { resume(.notSent(error)) }

    var address: ConfirmTracker<PendingPublish>.Address? {
        guard message.isMandatory else { return nil }
        return .init(exchange: message.exchange, routingKey: message.routingKey, messageID: message.properties.messageID)
    }

    func resolve(_ outcome: ConfirmTracker<PendingPublish>.Outcome) {
        switch outcome {
        case .stored: stored()
        case .refused:
            failed(
                AMQPError(
                    .nacked,
                    "the broker refused the message for \(target): a queue is full or failed; see its length limit and the broker's log"))
        case .returned(let replyCode, let replyText):
            failed(
                AMQPError(
                    .unroutable, "no queue takes messages for \(target) (\(replyText)); declare the queue or correct the address",
                    replyCode: replyCode))
        }
    }

    /// The channel ended between the message and its confirm. When the broker closed it because of this very message, its words
    /// name the exchange, or the size.
    func channelClosed(_ close: AMQPError) {
        switch close.replyCode {
        case 403 where close.message.contains("exchange '\(exchangeName)'"),
            404 where close.message.contains("exchange '\(exchangeName)'"):
            failed(close)
        case 406 where close.message.contains("message size \(message.body.readableBytes) "):
            failed(AMQPError(.messageTooLarge, close.message, replyCode: close.replyCode, cause: close))
        default:
            failed(
                AMQPError(
                    .outcomeUnknown, "the channel ended before the broker confirmed the message: \(close.message)",
                    replyCode: close.replyCode, cause: close))
        }
    }

    /// What the broker calls it in its messages.
    private var exchangeName: String { message.exchange.isEmpty ? "amq.default" : message.exchange }

    private var target: String {
        message.exchange.isEmpty ? "queue '\(message.routingKey)'" : "exchange '\(message.exchange)', routing key '\(message.routingKey)'"
    }
}
