package import MoltBotCore

/// MoltBot's objects as a broker has them, read from the answers of RabbitMQ's management API.
///
/// Objects whose name does not start with `moltbot.` are left out, as are queues that go away by themselves (exclusive,
/// auto-delete, `x-expires`): they belong to running clients.
package struct BrokerSnapshot: Sendable, Equatable {
    /// Flags that no object of the contract has set otherwise.
    package struct Oddities: Sendable, Equatable {
        package var isTransient = false
        package var isInternal = false
    }

    package var topology = Topology()
    /// By object name, `exchange:` or `queue:` in front.
    package var oddities: [String: Oddities] = [:]

    package init() {}

    /// - Parameters: the bodies of `GET /api/{exchanges,queues,bindings,policies}/{vhost}`.
    package init(exchanges: JSONValue, queues: JSONValue, bindings: JSONValue, policies: JSONValue) {
        for item in exchanges.arrayValue ?? [] { addExchange(item) }
        for item in queues.arrayValue ?? [] { addQueue(item) }
        let temporary = Set((queues.arrayValue ?? []).filter(Self.isTemporary).compactMap { $0["name"]?.stringValue })
        for item in bindings.arrayValue ?? [] { addBinding(item, temporaryQueues: temporary) }
        for item in policies.arrayValue ?? [] { addPolicy(item) }
    }

    private mutating func addExchange(_ item: JSONValue) {
        guard let name = Self.ownName(item), let kind = item["type"]?.stringValue.flatMap(Topology.ExchangeKind.init),
            !Self.isTemporary(item)
        else { return }
        topology.exchanges.append(Topology.Exchange(name: name, kind: kind, arguments: Self.values(item["arguments"])))
        note(item, for: "exchange:\(name)")
    }

    private mutating func addQueue(_ item: JSONValue) {
        guard let name = Self.ownName(item), !Self.isTemporary(item) else { return }
        var arguments = Self.values(item["arguments"])
        let declared = arguments["x-queue-type"]?.description
        let type = (item["type"]?.stringValue ?? declared).flatMap(Topology.QueueType.init) ?? .classic
        // An explicit `classic` stays: to RabbitMQ 3.10 it is not the same as none.
        if type != .classic { arguments["x-queue-type"] = nil }
        topology.queues.append(Topology.Queue(name: name, type: type, arguments: arguments))
        note(item, for: "queue:\(name)")
    }

    private mutating func addBinding(_ item: JSONValue, temporaryQueues: Set<String>) {
        guard let source = item["source"]?.stringValue, source.hasPrefix(Topology.namePrefix),
            let destination = item["destination"]?.stringValue, destination.hasPrefix(Topology.namePrefix)
        else { return }
        let isQueue = item["destination_type"]?.stringValue == "queue"
        guard !(isQueue && temporaryQueues.contains(destination)) else { return }
        topology.bindings.append(
            Topology.Binding(
                source: source, destination: isQueue ? .queue(destination) : .exchange(destination),
                key: item["routing_key"]?.stringValue ?? "", arguments: Self.values(item["arguments"])))
    }

    private mutating func addPolicy(_ item: JSONValue) {
        guard let name = Self.ownName(item), let pattern = item["pattern"]?.stringValue else { return }
        let target = item["apply-to"]?.stringValue.flatMap(Topology.Policy.Target.init) ?? .all
        topology.policies.append(
            Topology.Policy(
                name: name, pattern: pattern, target: target, priority: item["priority"]?.integerValue ?? 0,
                definition: Self.values(item["definition"])))
    }

    private mutating func note(_ item: JSONValue, for key: String) {
        let oddities = Oddities(isTransient: item["durable"]?.boolValue == false, isInternal: item["internal"]?.boolValue == true)
        if oddities != Oddities() { self.oddities[key] = oddities }
    }

    private static func ownName(_ item: JSONValue) -> String? {
        guard let name = item["name"]?.stringValue, name.hasPrefix(Topology.namePrefix) else { return nil }
        return name
    }

    private static func isTemporary(_ item: JSONValue) -> Bool {
        item["auto_delete"]?.boolValue == true || item["exclusive"]?.boolValue == true || item["arguments"]?["x-expires"] != nil
    }

    private static func values(_ object: JSONValue?) -> [String: TopologyValue] {
        (object?.objectValue ?? [:]).mapValues { TopologyValue(json: $0) ?? .string($0.description) }
    }
}
