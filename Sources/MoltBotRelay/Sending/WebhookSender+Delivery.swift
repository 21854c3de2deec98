internal import MoltBotCore
package import MoltBotMessaging

extension WebhookSender {
    /// Makes one attempt of a delivery: what the relay calls.
    package func attempt(_ delivery: WebhookDelivery, _ receiver: Receiver) async -> AttemptReport {
        let webhook = OutgoingWebhook(
            id: delivery.id, type: delivery.eventType, source: delivery.source, time: delivery.time, body: delivery.body,
            traceparent: delivery.traceparent)
        let outcome = await send(webhook, to: receiver.target)
        return AttemptReport(
            outcome.verdict, startedAt: outcome.startedAt, duration: outcome.duration, status: outcome.status, response: outcome.excerpt,
            error: outcome.error, isRefused: outcome.isRefused)
    }
}
