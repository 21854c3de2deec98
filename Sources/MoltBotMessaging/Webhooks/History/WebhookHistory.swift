internal import AMQP
package import MoltBotCore
internal import NIOCore

/// What the ledger remembers of the deliveries to webhook endpoints.
package struct WebhookHistory: Sendable {
    let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    package struct Listing: Sendable {
        /// Newest first.
        package var events: [WebhookEvent] = []
        /// Of all that match, listed or not.
        package var total = 0
    }

    /// What happened to an endpoint's deliveries, and to the endpoint itself, since a moment.
    /// - Parameters:
    ///   - limit: how many events are listed, the newest of them.
    ///   - failuresOnly: leaves successes out.
    /// - Throws: ``AMQPError``; code 404 when there is no ledger.
    package func attempts(
        of endpoint: String, since start: Timestamp, limit: Int, failuresOnly: Bool = false
    ) async throws -> Listing {
        var listing = Listing()
        try await LedgerScan(session: session).run(since: start) { delivery in
            guard let event = delivery.webhookEvent, event.endpointID == endpoint, event.time >= start,
                !failuresOnly || event.kind != .delivered
            else { return .more }
            listing.total += 1
            listing.events.append(event)
            // Twice the limit at most, so that dropping costs little on average.
            if listing.events.count >= 2 * limit { listing.events.removeFirst(listing.events.count - limit) }
            return .more
        }
        listing.events = listing.events.suffix(limit).reversed()
        return listing
    }
}

extension AMQPDelivery {
    /// Nil for everything that is no readable event about webhooks.
    var webhookEvent: WebhookEvent? {
        guard exchange == BrokerNames.Exchange.events, properties.type?.hasPrefix(WebhookEvent.typePrefix) == true else { return nil }
        return try? WebhookEvent.decode(Array(body.readableBytesView))
    }

    /// The event, if it is one that this endpoint wants.
    func relayEvent(for endpoint: WebhookEndpoint) -> RelayEvent? {
        guard exchange == BrokerNames.Exchange.events, let type = properties.type, !type.hasPrefix(WebhookEvent.typePrefix),
            endpoint.eventTypes.contains(where: { $0.matches(type) }), let event = try? RelayEvent(self),
            event.workspace == endpoint.workspace
        else { return nil }
        return event
    }
}
