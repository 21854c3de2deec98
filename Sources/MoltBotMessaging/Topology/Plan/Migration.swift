import Foundation

/// What to type when an object on the broker can't be changed in place.
enum Migration {
    static func ofQueue(_ name: String, type: Topology.QueueType, virtualHost: String) -> String {
        let delete = "rabbitmqctl delete_queue --vhost \(virtualHost) \(name)"
        return switch type {
        case .classic:
            "Stop what publishes to it, let its consumers drain it, then run `\(delete) --if-empty` and `moltbot topology apply`"
        case .quorum:
            // Quorum queues refuse a delete with --if-empty.
            "Stop what publishes to it, let its consumers drain it (`rabbitmqctl list_queues --vhost \(virtualHost) name messages` shows 0), then run `\(delete)` and `moltbot topology apply`"
        case .stream:
            "Deleting a stream loses its content: with MoltBot stopped, run `\(delete)` and `moltbot topology apply`"
        }
    }

    /// A stream that RabbitMQ 3.10.8 had declared just before it was killed is known to it ever after, and never comes up: neither AMQP nor the
    /// management API can delete it then.
    static func ofDownQueue(_ name: String, type: Topology.QueueType, virtualHost: String) -> String {
        let wait = "Start the node that holds it, and give a broker that has just started half a minute"
        guard type == .stream else { return wait }
        let resource = "rabbit_misc:r(<<\"\(virtualHost)\">>, queue, <<\"\(name)\">>)"
        return
            "\(wait). A stream that a broker was killed within seconds of declaring stays down: remove it, with what may be in it, by `rabbitmqctl eval 'rabbit_amqqueue:internal_delete(\(resource), <<\"moltbot\">>).'`, then run `moltbot topology apply`"
    }

    static func ofExchange(_ name: String, virtualHost: String, managementURL: String?) -> String {
        let host = virtualHost.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? virtualHost
        let url = "\(managementURL ?? "http://localhost:15672")/api/exchanges/\(host)/\(name)"
        return
            "Stop what publishes to it, then run `curl -u USER -X DELETE \(url)` and `moltbot topology apply`, which restores its bindings"
    }
}
