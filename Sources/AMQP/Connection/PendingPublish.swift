internal import NIOCore

/// A publish between its call and its outcome.
final class PendingPublish {
    let message: AMQPMessage
    let deadline: NIODeadline
    private let resume: (Result<Void, AMQPError>) -> Void

    init(message: AMQPMessage, deadline: NIODeadline, resume: @escaping (Result<Void, AMQPError>) -> Void) {
        self.message = message
        self.deadline = deadline
        self.resume = resume
    }

    func stored() { resume(.success(())) }
    func failed(_ error: AMQPError) { resume(.failure(error)) }

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

    /// True when the broker closed the channel because of this very message: its words name the exchange, or the size.
    func isCause(of close: AMQPError) -> Bool {
        switch close.replyCode {
        case 403, 404: close.message.contains("exchange '\(message.exchange)'")
        case 406: close.message.contains("message size \(message.body.readableBytes) ")
        default: false
        }
    }

    private var target: String {
        message.exchange.isEmpty ? "queue '\(message.routingKey)'" : "exchange '\(message.exchange)', routing key '\(message.routingKey)'"
    }
}
