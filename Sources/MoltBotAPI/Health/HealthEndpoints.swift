internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotMessaging

/// For load balancers and supervisors: does the process live, and can it do its work?
struct HealthEndpoints: EndpointGroup {
    let session: BrokerSession

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
        return .json(broker == .ready ? .ok : .serviceUnavailable) { writer in
            writer.beginObject()
            writer.member("status", broker == .ready ? "ready" : "unavailable")
            writer.name("checks")
            writer.beginObject()
            writer.member("broker", broker.forPeople)
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
