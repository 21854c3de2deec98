import AMQP

/// Declares exchanges, queues and bindings; each is idempotent. A refusal is told with the user, the object and what is missing.
struct Declaration {
    let channel: AMQPChannel
    let user: String
    let virtualHost: String

    func declare(_ exchange: Topology.Exchange) async throws(TopologyError) {
        do {
            try await channel.exchangeDeclare(exchange.amqp)
        } catch {
            throw failure(error, permission: "configure", on: "exchange '\(exchange.name)'")
        }
    }

    func declare(_ queue: Topology.Queue) async throws(TopologyError) {
        do {
            _ = try await channel.queueDeclare(queue.amqp)
        } catch  where error.isOfDownQueue {
            // The management API does not list it, so the plan takes it for missing.
            let remedy = Migration.ofDownQueue(queue.name, type: queue.type, virtualHost: virtualHost)
            throw TopologyError(.mismatch, "queue \(queue.name) is down. \(remedy)", cause: error, isRetriable: true)
        } catch {
            throw failure(error, permission: "configure", on: "queue '\(queue.name)'")
        }
    }

    func declare(_ binding: Topology.Binding) async throws(TopologyError) {
        do {
            switch binding.destination {
            case .queue(let name):
                try await channel.queueBind(
                    queue: name, exchange: binding.source, routingKey: binding.key, arguments: binding.arguments.amqp)
            case .exchange(let name):
                try await channel.exchangeBind(
                    destination: name, source: binding.source, routingKey: binding.key, arguments: binding.arguments.amqp)
            }
        } catch {
            // The broker checks write on the destination, then read on the source.
            let isSource = error.message.contains("exchange '\(binding.source)'") && error.message.contains("read")
            throw failure(
                error, permission: isSource ? "read" : "write",
                on: isSource ? "exchange '\(binding.source)'" : "\(binding.destination.kind) '\(binding.destination.name)'")
        }
    }

    private func failure(_ error: AMQPError, permission: String, on object: String) -> TopologyError {
        guard error.code == .channelClosed, error.replyCode == 403 else {
            return TopologyError(
                .brokerFailed, "\(object) in virtual host '\(virtualHost)' could not be declared: \(error.message)", cause: error,
                isRetriable: error.isRetriable)
        }
        return TopologyError(
            .accessRefused,
            "the broker user '\(user)' lacks the permission '\(permission)' on \(object) in virtual host '\(virtualHost)' (\(error.message)); "
                + "grant it: rabbitmqctl set_permissions --vhost \(virtualHost) \(user) "
                + "'^moltbot\\.' '^(moltbot\\.|amq\\.default$|up-since-)' '^moltbot\\.'",
            cause: error)
    }
}

extension Topology.Binding.Destination {
    fileprivate var kind: String {
        switch self {
        case .queue: "queue"
        case .exchange: "exchange"
        }
    }
}
