import MoltBotMessaging

extension WebhookBacklog {
    /// For a person: how many, why, and what to do.
    func words(for endpoint: String) -> String {
        let cause =
            switch cause {
            case .disabled(let reason): "the endpoint is disabled: \(reason). Deliver them: moltbot webhooks enable \(endpoint)"
            case .noRelay: "no relay runs. Start one: moltbot relay"
            case .heldBack: "its breaker is open, or the receiver has asked for a pause; the relay tries again by itself"
            case .behindOthers: "the ones before them are being delivered"
            }
        return "\(count) \(count == 1 ? "delivery waits" : "deliveries wait") in its queue: \(cause)"
    }
}
