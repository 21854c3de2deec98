extension Method {
    /// True when this is what a broker answers to `request` (AMQP 0-9-1, "response" of each synchronous method).
    func isAnswer(to request: Method) -> Bool {
        switch (request, self) {
        case (.channelOpen, .channelOpenOk), (.confirmSelect, .confirmSelectOk), (.exchangeDeclare, .exchangeDeclareOk),
            (.exchangeDelete, .exchangeDeleteOk), (.exchangeBind, .exchangeBindOk), (.exchangeUnbind, .exchangeUnbindOk),
            (.queueDeclare, .queueDeclareOk), (.queueBind, .queueBindOk), (.queueUnbind, .queueUnbindOk), (.queuePurge, .queuePurgeOk),
            (.queueDelete, .queueDeleteOk), (.basicQos, .basicQosOk), (.basicConsume, .basicConsumeOk), (.basicCancel, .basicCancelOk),
            (.basicGet, .basicGetOk), (.basicGet, .basicGetEmpty):
            true
        default: false
        }
    }

    /// The tag of the consumer that this starts or cancels.
    var askedConsumer: String? {
        switch self {
        case .basicConsume(let consume): consume.consumerTag
        case .basicCancel(let tag, _): tag
        default: nil
        }
    }

    /// The tag of the consumer that a broker says has started or was cancelled.
    var answeredConsumer: String? {
        switch self {
        case .basicConsumeOk(let tag), .basicCancelOk(let tag): tag
        default: nil
        }
    }
}
