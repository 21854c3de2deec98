import AMQP

/// Finds out over AMQP alone which exchanges and queues exist, and whether they are as declared.
///
/// A passive declare tells existence. A second, active declare of what exists changes nothing and makes the broker name the
/// first argument that differs. A refused declare closes its channel, so the next object gets a fresh one; when all is well the
/// whole topology takes one channel and a few dozen milliseconds.
struct BrokerInspection {
    let topology: Topology
    let virtualHost: String

    private enum Target {
        case exchange(Topology.Exchange)
        case queue(Topology.Queue)
    }

    /// The items of the exchanges and queues, in the topology's order.
    func items(on connection: AMQPConnection) async throws -> [TopologyPlan.Item] {
        let targets = topology.exchanges.map(Target.exchange) + topology.queues.map(Target.queue)
        var items: [TopologyPlan.Item] = []
        while items.count < targets.count {
            try await connection.withChannel { channel in
                while items.count < targets.count {
                    let (item, isChannelOpen) = try await inspect(targets[items.count], on: channel)
                    items.append(item)
                    if !isChannelOpen { return }
                }
            }
        }
        return items
    }

    private func inspect(_ target: Target, on channel: AMQPChannel) async throws(AMQPError) -> (TopologyPlan.Item, isChannelOpen: Bool) {
        let object = object(of: target)
        do throws(AMQPError) {
            try await declare(target, passive: true, on: channel)
            try await declare(target, passive: false, on: channel)
            return (TopologyPlan.Item(object: object, status: .same), true)
        } catch {
            let status: TopologyPlan.Status =
                switch (error.code, error.replyCode) {
                case (.channelClosed, 404) where error.isOfDownQueue: .down(remedy: remedy(for: target))
                case (.channelClosed, 404): .create
                case (.channelClosed, 406): .differs([difference(from: error.message)], migration: migration(of: target))
                case (.channelClosed, 403): .unknown("the broker user may not declare it, only see that it exists")
                // Someone else's exclusive queue.
                case (.channelClosed, 405):
                    .differs([TopologyPlan.Difference(what: "exclusive", file: nil, broker: "true")], migration: migration(of: target))
                default: throw error
                }
            return (TopologyPlan.Item(object: object, status: status), false)
        }
    }

    private func declare(_ target: Target, passive: Bool, on channel: AMQPChannel) async throws(AMQPError) {
        switch target {
        case .exchange(let exchange): try await channel.exchangeDeclare(exchange.amqp, passive: passive)
        case .queue(let queue): _ = try await channel.queueDeclare(queue.amqp, passive: passive)
        }
    }

    private func object(of target: Target) -> TopologyObject {
        switch target {
        case .exchange(let exchange): .exchange(exchange.name)
        case .queue(let queue): .queue(queue.name)
        }
    }

    private func remedy(for target: Target) -> String {
        switch target {
        case .exchange: ""
        case .queue(let queue): Migration.ofDownQueue(queue.name, type: queue.type, virtualHost: virtualHost)
        }
    }

    private func migration(of target: Target) -> String {
        switch target {
        case .exchange(let exchange): Migration.ofExchange(exchange.name, virtualHost: virtualHost, managementURL: nil)
        case .queue(let queue): Migration.ofQueue(queue.name, type: queue.type, virtualHost: virtualHost)
        }
    }

    /// Reads RabbitMQ's text `inequivalent arg 'x-max-priority' for queue 'q' in vhost '/': received the value '10' of type
    /// 'signedint' but current is the value '5' of type 'signedint'`; `received none` when this side has no value.
    private func difference(from text: String) -> TopologyPlan.Difference {
        guard let match = text.firstMatch(of: /inequivalent arg '([^']*)'.*: received (.*) but current is (.*)/) else {
            return TopologyPlan.Difference(what: text, file: nil, broker: nil)
        }
        return TopologyPlan.Difference(
            what: String(match.output.1), file: value(in: match.output.2), broker: value(in: match.output.3))
    }

    private func value(in text: Substring) -> String? {
        if text == "none" { return nil }
        return (text.firstMatch(of: /'([^']*)'/)?.output.1 ?? text).description
    }
}

extension AMQPError {
    /// RabbitMQ's `home node '...' of durable queue '...' in vhost '/' is down or inaccessible`, beside `no queue '...'`.
    var isOfDownQueue: Bool { replyCode == 404 && message.contains("is down or inaccessible") }

    /// A quorum queue had no leader within RabbitMQ's 10 s: it has deleted the queue again, and ended the connection.
    var isOfLateElection: Bool { replyCode == 541 && message.contains("cluster_not_formed") }
}

extension Topology.Exchange {
    var amqp: AMQPExchange {
        AMQPExchange(name: name, kind: kind.amqp, arguments: arguments.amqp)
    }
}

extension Topology.Queue {
    var amqp: AMQPQueue {
        AMQPQueue(name: name, arguments: declaredArguments.amqp)
    }
}

extension Topology.ExchangeKind {
    fileprivate var amqp: AMQPExchange.Kind {
        switch self {
        case .direct: .direct
        case .fanout: .fanout
        case .topic: .topic
        case .headers: .headers
        }
    }
}
