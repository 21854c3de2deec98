import MoltBotCore
import MoltBotMessaging
import Testing

@Suite struct DeliverySurveyTests {
    private func news(_ kind: WebhookEvent.Kind, _ event: String) -> WebhookEvent {
        var news = WebhookEvent(kind, workspace: .default, url: "https://example.org/")
        news.eventID = event
        return news
    }

    @Test func anEventIsWhereItsLatestAttemptLeftIt() {
        var survey = DeliverySurvey()
        for event in ["untried", "failing", "exhausted", "delivered"] { survey.published(event) }
        survey.heard(news(.attemptFailed, "failing"))
        survey.heard(news(.attemptFailed, "exhausted"))
        survey.heard(news(.exhausted, "exhausted"))
        survey.heard(news(.attemptFailed, "delivered"))
        survey.heard(news(.delivered, "delivered"))
        #expect(survey.events { $0 == .untried } == ["untried"])
        #expect(survey.events { $0 == .failing } == ["failing"])
        #expect(survey.events { $0 == .exhausted } == ["exhausted"])
        #expect(survey.count(.delivered) == 1)
    }

    @Test func deliveredOnceIsDelivered() {
        var survey = DeliverySurvey()
        survey.published("one")
        survey.heard(news(.exhausted, "one"))
        survey.heard(news(.delivered, "one"))
        // A duplicate on its way when the first one arrived.
        survey.heard(news(.attemptFailed, "one"))
        survey.published("one")
        #expect(survey.count(.delivered) == 1)
        #expect(survey.events { $0 != .delivered }.isEmpty)
    }

    @Test func newsOfWhatWasNotAskedForCountsNothing() {
        var survey = DeliverySurvey()
        survey.heard(news(.delivered, "before the range"))
        #expect(survey == DeliverySurvey())
    }

    @Test func itHoldsNoMoreThanItsLimit() {
        var survey = DeliverySurvey()
        for number in 0..<DeliverySurvey.limit + 3 { survey.published("\(number)") }
        #expect(survey.omitted == 3)
        #expect(survey.count(.untried) == DeliverySurvey.limit)
    }
}
