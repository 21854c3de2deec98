internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging

/// Carries out what becomes of deliveries, whoever receives them. Whatever must last is confirmed by the broker when a method returns.
struct DeliveryDesk: Sendable {
    let send: SendAttempt
    let gate: FairGate
    let publisher: DeliveryPublisher
    let events: WebhookEventPublisher
    let metrics: RelayMetrics
    let logger: Logger

    init(send: @escaping SendAttempt, slots: Int, session: BrokerSession, logger: Logger) {
        self.send = send
        gate = FairGate(slots: slots)
        publisher = DeliveryPublisher(session.publishing, logger: logger)
        events = WebhookEventPublisher(session.publishing, logger: logger)
        metrics = RelayMetrics()
        self.logger = logger
    }

    /// Sends one request in one of the relay's slots. Nil when the relay stops first.
    func attempt(_ delivery: inout WebhookDelivery, to receiver: Receiver) async -> AttemptReport? {
        guard await gate.enter(receiver.party) else { return nil }
        let report = await send(delivery, receiver)
        gate.leave()
        // A request that was cut short says nothing about its receiver.
        if Task.isCancelled, report.verdict != .delivered { return nil }
        metrics.attempted(report, eventTime: delivery.time)
        delivery.attempted(report.attempt(number: delivery.attemptCount + 1))
        return report
    }

    func delivered(_ delivery: WebhookDelivery, to receiver: Receiver, _ report: AttemptReport) {
        events.announce(event(.delivered, delivery, receiver, report))
    }

    /// Puts the delivery into the delay ladder for its next attempt, or among the dead letters after the last.
    /// - Returns: the wait; nil when there is no further attempt.
    func retry(
        _ delivery: WebhookDelivery, to receiver: Receiver, _ report: AttemptReport, atLeast minimum: Duration?
    ) async throws(AMQPError) -> Duration? {
        if delivery.isTrial {
            // Whoever asked waits for this answer, not for a later one.
            try await ended(delivery, to: receiver, report)
            return nil
        }
        var generator = SystemRandomNumberGenerator()
        guard let wait = receiver.schedule.wait(afterAttempt: delivery.attemptCount, atLeast: minimum, using: &generator) else {
            try await giveUp(delivery, to: receiver, report)
            return nil
        }
        try await publisher.delay(delivery, for: wait)
        var event = event(.attemptFailed, delivery, receiver, report)
        event.nextAttemptAt = .now() + wait
        events.announce(event)
        return wait
    }

    /// The last attempt has failed, or there is none that the relay would make: the delivery becomes a dead letter.
    func giveUp(_ delivery: WebhookDelivery, to receiver: Receiver, _ report: AttemptReport) async throws(AMQPError) {
        let error = report.error ?? "unknown"
        let reason =
            report.isRefused
            ? "this relay does not send it: \(error)" : "\(delivery.attemptCount) attempts failed, the last one: \(error)"
        try await publisher.deadLetter(delivery, reason: reason)
        try await ended(delivery, to: receiver, report)
    }

    /// Its receiver was left alone for so long that the time for all attempts is over: the delivery becomes a dead letter.
    func giveUp(_ delivery: WebhookDelivery, to receiver: Receiver) async throws(AMQPError) {
        let time = DeliverySchedule.text(receiver.schedule.windowLimits.upperBound)
        let last = delivery.attempts.last?.error.map { ", the last one: \($0)" } ?? ""
        let reason =
            "its host is broken or asks for a pause, and after \(time) nothing more is tried; "
            + "\(delivery.attemptCount) attempts failed\(last)"
        try await publisher.deadLetter(delivery, reason: reason)
        try await ended(delivery, to: receiver, AttemptReport(.abort, startedAt: .now(), duration: .zero, error: reason))
    }

    /// Tells that there will be no further attempt.
    func ended(_ delivery: WebhookDelivery, to receiver: Receiver, _ report: AttemptReport) async throws(AMQPError) {
        metrics.exhausted()
        try await events.publish(event(.exhausted, delivery, receiver, report))
    }

    /// A failed attempt whose delivery stays where it is.
    func failedAndKept(_ delivery: WebhookDelivery, to receiver: Receiver, _ report: AttemptReport) {
        events.announce(event(.attemptFailed, delivery, receiver, report))
    }

    func disabled(_ endpoint: WebhookEndpoint, reason: String) async throws(AMQPError) {
        var event = WebhookEvent(.endpointDisabled, workspace: endpoint.workspace, url: endpoint.url)
        event.endpointID = endpoint.id
        event.error = reason
        try await events.publish(event)
    }

    private func event(
        _ kind: WebhookEvent.Kind, _ delivery: WebhookDelivery, _ receiver: Receiver, _ report: AttemptReport
    ) -> WebhookEvent {
        var event = WebhookEvent(kind, workspace: delivery.workspace, url: receiver.target.url)
        event.endpointID = receiver.endpointID
        event.eventID = delivery.id
        event.eventType = delivery.eventType
        event.taskID = delivery.taskID
        event.attempt = delivery.attemptCount
        event.status = report.status
        event.duration = report.duration
        event.response = report.response
        event.error = report.error
        return event
    }
}
