internal import AMQP
internal import MoltBotCore
internal import MoltBotMessaging

/// Turns an event into deliveries: one for each endpoint that wants it, one for each callback its task names.
struct EventRouter: Sendable {
    let directory: EndpointDirectory
    let queues: DeliveryQueues
    let publisher: DeliveryPublisher
    let metrics: RelayMetrics

    /// Returns when the broker has all deliveries. A second call for the same event stores them again, with the same `webhook-id`.
    func route(_ event: RelayEvent) async throws {
        let endpoints = directory.receivers(of: event.type, in: event.workspace)
        let targets: [WebhookDelivery.Target] = endpoints.map { .endpoint($0.id) } + event.callbacks.map { .callback($0) }
        switch targets.count {
        case 0: return
        case 1: try await store(WebhookDelivery(event, to: targets[0]))
        default:
            try await withThrowingTaskGroup(of: Void.self) { group in
                for target in targets {
                    group.addTask { try await store(WebhookDelivery(event, to: target)) }
                }
                try await group.waitForAll()
            }
        }
        metrics.routed(targets.count)
    }

    private static let tries = 4
    private static let pause = Duration.milliseconds(250)

    /// A queue that is full, or not up yet, gets a moment. Then the delivery is a dead letter, and so is one whose queue this relay can't
    /// declare: waiting on would hold up the events of all other receivers, or bring them again.
    private func store(_ delivery: WebhookDelivery) async throws {
        var lastError: AMQPError?
        for attempt in 1...Self.tries {
            do throws(AMQPError) {
                return try await publisher.store(delivery)
            } catch {
                guard error.code == .unroutable || error.code == .nacked else { throw error }
                lastError = error
            }
            guard attempt < Self.tries else { break }
            if lastError?.code == .nacked {
                try await Task.sleep(for: Self.pause * attempt)
            } else {
                do {
                    guard try await declareQueue(of: delivery) else { return }
                } catch let error as AMQPError where error.code == .channelClosed {
                    return try await deadLetter(delivery, because: "its queue is not there and can't be declared: \(error)")
                }
            }
        }
        try await deadLetter(delivery, because: lastError?.message ?? "")
    }

    private func deadLetter(_ delivery: WebhookDelivery, because error: String) async throws(AMQPError) {
        try await publisher.deadLetter(delivery, reason: "it could not be stored for its receiver: \(error)")
    }

    /// The endpoint is new to the broker, or somebody has deleted its queue. False when the endpoint has gone meanwhile.
    private func declareQueue(of delivery: WebhookDelivery) async throws -> Bool {
        guard case .endpoint(let id) = delivery.target else { return true }
        guard let route = directory.route(to: id) else { return false }
        try await queues.declare(id, isOrdered: route.ordering == .fifo)
        directory.queueDeclared(id)
        return true
    }
}
