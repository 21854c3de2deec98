internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotMessaging

/// For load balancers and supervisors: does the process live, and can it do its work?
struct HealthEndpoints: EndpointGroup {
    let session: BrokerSession
    /// Reached when this node knows all tasks.
    let caughtUp: Milestone<Void>

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/health", nil) { _, _ in
                .json { writer in
                    writer.beginObject()
                    writer.member("status", "ok")
                    writer.endObject()
                }
            },
            Endpoint(.get, "/health/ready", nil) { _, _ in ready() },
        ]
    }

    /// 200 when requests can be served, else 503 with what is missing.
    private func ready() -> Response {
        let broker = session.condition
        let isReady = broker == .ready && caughtUp.isReached
        return .json(isReady ? .ok : .serviceUnavailable) { writer in
            writer.beginObject()
            writer.member("status", isReady ? "ready" : "unavailable")
            writer.name("checks")
            writer.beginObject()
            writer.member("broker", broker.forPeople)
            writer.member("ledger", caughtUp.isReached ? "caught up" : "reading what happened before the start")
            writer.endObject()
            writer.endObject()
        }
    }
}

extension BrokerCondition {
    /// Says nothing of addresses and versions: anybody may ask.
    var forPeople: String {
        switch self {
        case .ready: "connected"
        case .away: "not connected"
        case .blocked: "it takes no messages now (an alarm for memory or disk)"
        }
    }
}
