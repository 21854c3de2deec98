import MoltBotCore
import Testing

@Suite struct WebhookEventTests {
    @Test func eventComesBackAsItWasWritten() throws {
        var event = WebhookEvent(
            .attemptFailed, workspace: .default, url: "https://user:secret@example.org:8443/hook?token=sesame#part",
            at: Timestamp(secondsSinceEpoch: 1_800_000_000))
        event.endpointID = "ep-1"
        event.eventID = "task-terminal"
        event.eventType = "task.completed"
        event.taskID = "task"
        event.attempt = 3
        event.status = 503
        event.duration = .milliseconds(12)
        event.response = "busy"
        event.error = "status 503"
        event.nextAttemptAt = Timestamp(secondsSinceEpoch: 1_800_000_300)
        #expect(event.url == "https://example.org:8443/hook")
        #expect(try WebhookEvent.decode(event.encode()) == event)
        let document = try JSONValue.parse(String(decoding: event.encode(), as: UTF8.self))
        #expect(document["type"] == "webhook.attempt_failed")
        #expect(document["source"] == "/moltbot/default")
        #expect(!document.description.contains("sesame"))
    }

    @Test(arguments: [
        ("https://example.org", "https://example.org"), ("https://example.org/a@b/c", "https://example.org/a@b/c"),
        ("http://a@b@example.org/x", "http://example.org/x"), ("nonsense?x", "nonsense"),
    ])
    func urlIsShownWithoutSecrets(url: String, shown: String) {
        #expect(WebhookEvent.withoutSecrets(url) == shown)
    }

    @Test func longAnswerIsCut() throws {
        var event = WebhookEvent(.delivered, workspace: .default, url: "https://example.org")
        event.response = String(repeating: "x", count: 5000)
        #expect(try WebhookEvent.decode(event.encode()).response?.utf8.count == WebhookEvent.longestResponse)
    }

    @Test func whatIsMissingIsNamed() {
        let error = #expect(throws: InvalidEvent.self) { try WebhookEvent.decode(Array(#"{"id": "1", "type": "webhook.delivered"}"#.utf8)) }
        #expect(error?.description.contains("data.url") == true)
        #expect(error?.description.contains("time") == true)
    }

    @Test func historyKeepsTheLatestAttempts() {
        let attempts = (1...30).map {
            WebhookAttempt(
                number: $0, startedAt: Timestamp(secondsSinceEpoch: Int64($0)), duration: .milliseconds(5), status: 500, error: "no")
        }
        let kept = WebhookAttempt.decodeHistory(WebhookAttempt.encodeHistory(attempts))
        #expect(kept == Array(attempts.suffix(WebhookAttempt.historyLimit)))
        #expect(WebhookAttempt.decodeHistory("nonsense") == [])
    }
}
