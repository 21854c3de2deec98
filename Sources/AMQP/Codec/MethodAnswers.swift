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
}
