internal import AMQP
package import MoltBotCore

/// Delivers past events to an endpoint again, with the same `webhook-id` and a schedule that begins anew.
///
/// What lies among the dead letters is taken from there; everything else is published from the ledger. Each delivery is stored in the
/// endpoint's queue before its dead letter goes: a crash in between leads to a duplicate, never to a loss.
package struct WebhookRedelivery: Sendable {
    /// Which events.
    package enum Choice: Sendable, Equatable {
        /// One, by its `webhook-id`, delivered or not.
        case event(String)
        /// Those of a time, by the events' own clock.
        /// - Parameter isAll: also those that were delivered.
        case range(ClosedRange<Timestamp>, isAll: Bool)
    }

    package struct Report: Sendable, Equatable {
        /// Deliveries that were stored again, or would be.
        package var deliveries = 0
        /// Of these, how many were dead letters.
        package var deadLetters = 0
        /// Without an attempt so far, and left alone since the endpoint's queue holds such deliveries already.
        package var waiting = 0
        /// Not looked at: more than one command goes through.
        package var omitted = 0
        /// Dead letters that could not be published again, with the reason.
        package var refused: [DeadLetterQueue.RetryReport.Refusal] = []
    }

    private let session: BrokerSession
    private let endpoint: WebhookEndpoint
    private let queue: EndpointQueue
    private let deadLetters: DeadLetterQueue

    package init(_ session: BrokerSession, to endpoint: WebhookEndpoint, queue: EndpointQueue) {
        self.session = session
        self.endpoint = endpoint
        self.queue = queue
        deadLetters = DeadLetterQueue(session)
    }

    /// - Parameter isRehearsal: only counts.
    /// - Throws: ``AMQPError``; code 404 when there is no ledger, or no queue of dead letters.
    package func run(_ choice: Choice, isRehearsal: Bool = false) async throws -> Report {
        var report = Report()
        var wanted: Set<String>
        switch choice {
        case .event(let id): wanted = [id]
        case .range(let range, let isAll): wanted = try await survey(range, isAll, &report)
        }
        let revived = try await revive(choice, wanted, isRehearsal, &report)
        report.deadLetters = revived.count
        wanted.subtract(revived)
        let published = wanted.isEmpty ? 0 : try await publish(wanted, choice, isRehearsal)
        report.deliveries = revived.count + published
        return report
    }

    private func survey(_ range: ClosedRange<Timestamp>, _ isAll: Bool, _ report: inout Report) async throws -> Set<String> {
        var survey = DeliverySurvey()
        try await LedgerScan(session: session).run(since: range.lowerBound) { delivery in
            if let news = delivery.webhookEvent {
                if news.endpointID == endpoint.id { survey.heard(news) }
            } else if let event = delivery.relayEvent(for: endpoint), range.contains(event.time) {
                survey.published(event.id)
            }
            return .more
        }
        report.omitted = survey.omitted
        if isAll { return survey.events { _ in true } }
        guard try await queue.count(session) > 0 else { return survey.events { $0 != .delivered } }
        report.waiting = survey.count(.untried)
        return survey.events { $0 == .failing || $0 == .exhausted }
    }

    /// Takes deliveries to the endpoint off the dead letters, whatever the ledger still knows of them.
    /// - Returns: the ids of their events.
    private func revive(
        _ choice: Choice, _ wanted: Set<String>, _ isRehearsal: Bool, _ report: inout Report
    ) async throws -> Set<String> {
        var events: [String: String] = [:]
        let retry = try await deadLetters.retry(in: .dead, isRehearsal: isRehearsal) { letter in
            guard let webhook = letter.webhook, webhook.endpointID == endpoint.id else { return false }
            events[letter.id] = webhook.eventID
            return switch choice {
            case .event(let id): webhook.eventID == id
            case .range(let range, _): wanted.contains(webhook.eventID) || range.contains(webhook.eventTime)
            }
        }
        report.refused = retry.refused
        return Set(retry.retried.compactMap { events[$0] })
    }

    private func publish(_ events: Set<String>, _ choice: Choice, _ isRehearsal: Bool) async throws -> Int {
        let publisher = DeliveryPublisher(session.publishing, logger: session.logger)
        var start: Timestamp?
        if case .range(let range, _) = choice { start = range.lowerBound }
        var left = events
        try await LedgerScan(session: session).run(since: start) { delivery in
            guard let event = delivery.relayEvent(for: endpoint), left.remove(event.id) != nil else { return .more }
            if !isRehearsal { try await publisher.store(WebhookDelivery(event, to: .endpoint(endpoint.id))) }
            return left.isEmpty ? .enough : .more
        }
        return events.count - left.count
    }
}
