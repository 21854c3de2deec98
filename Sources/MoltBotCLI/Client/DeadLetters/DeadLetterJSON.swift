import Foundation
import MoltBotCore
import MoltBotMessaging

extension JSONWriter {
    /// A dead letter as `--json` shows it. The body is JSON where it is JSON, a string where it is text, else base64.
    mutating func deadLetter(_ letter: DeadLetter, withBody: Bool) {
        beginObject()
        member("id", letter.id)
        member("source", letter.source.rawValue)
        member("reason", letter.reason)
        member("exchange", letter.destination?.exchange)
        member("routing_key", letter.destination?.routingKey)
        member("content_type", letter.contentType)
        member("priority", letter.priority)
        member("died_at", letter.died)
        member("size", letter.body.count)
        if let webhook = letter.webhook {
            name("webhook")
            self.webhook(webhook)
        }
        if withBody {
            if let document = try? JSONValue.parse(letter.body) {
                member("body", document)
            } else if let text = String(validating: letter.body, as: UTF8.self) {
                member("body", text)
            } else {
                member("body_base64", Data(letter.body).base64EncodedString())
            }
        }
        endObject()
    }

    private mutating func webhook(_ webhook: DeadLetter.Webhook) {
        beginObject()
        member("endpoint_id", webhook.endpointID)
        member("url", webhook.url)
        member("event_id", webhook.eventID)
        member("event_type", webhook.eventType)
        member("event_time", webhook.eventTime)
        member("attempt_count", webhook.attemptCount)
        // As the message itself carries them.
        member("attempts", try? JSONValue.parse(WebhookAttempt.encodeHistory(webhook.attempts)))
        endObject()
    }
}
