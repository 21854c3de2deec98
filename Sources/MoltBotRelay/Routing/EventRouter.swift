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

    private func store(_ delivery: WebhookDelivery) async throws {
        do {
            return try await publisher.store(delivery)
        } catch  where error.code == .unroutable {
            // The endpoint is new and its queue not declared yet, or somebody has deleted it.
            guard case .endpoint(let id) = delivery.target else { throw error }
            guard let endpoint = directory.endpoint(id) else { return }
            try await queues.declare(id, isOrdered: endpoint.ordering == .fifo)
        }
        try await publisher.store(delivery)
    }
}
