/// Compares a topology with everything the management API shows of a broker.
struct TopologyComparison {
    let topology: Topology
    let snapshot: BrokerSnapshot
    let virtualHost: String
    let managementURL: String

    func items() -> [TopologyPlan.Item] {
        topology.exchanges.map(compare) + topology.queues.map(compare) + bindings() + topology.policies.map(compare) + extras()
    }

    private func compare(_ exchange: Topology.Exchange) -> TopologyPlan.Item {
        let object = TopologyObject.exchange(exchange.name)
        guard let other = snapshot.topology.exchanges.first(where: { $0.name == exchange.name }) else {
            return TopologyPlan.Item(object: object, status: .create)
        }
        var differences = Self.differences(file: exchange.arguments, broker: other.arguments)
        differences.append("type", file: exchange.kind.rawValue, broker: other.kind.rawValue)
        appendOddities(of: "exchange:\(exchange.name)", to: &differences)
        let migration = Migration.ofExchange(exchange.name, virtualHost: virtualHost, managementURL: managementURL)
        return TopologyPlan.Item(object: object, status: differences.isEmpty ? .same : .differs(differences, migration: migration))
    }

    private func compare(_ queue: Topology.Queue) -> TopologyPlan.Item {
        let object = TopologyObject.queue(queue.name)
        guard let other = snapshot.topology.queues.first(where: { $0.name == queue.name }) else {
            return TopologyPlan.Item(object: object, status: .create)
        }
        var differences = Self.differences(file: queue.arguments, broker: other.arguments)
        differences.append("type", file: queue.type.rawValue, broker: other.type.rawValue)
        appendOddities(of: "queue:\(queue.name)", to: &differences)
        let migration = Migration.ofQueue(queue.name, type: other.type, virtualHost: virtualHost)
        return TopologyPlan.Item(object: object, status: differences.isEmpty ? .same : .differs(differences, migration: migration))
    }

    private func bindings() -> [TopologyPlan.Item] {
        let present = Set(snapshot.topology.bindings)
        return topology.bindings.map {
            TopologyPlan.Item(object: .binding($0), status: present.contains($0) ? .same : .create)
        }
    }

    private func compare(_ policy: Topology.Policy) -> TopologyPlan.Item {
        let object = TopologyObject.policy(policy.name)
        guard let other = snapshot.topology.policies.first(where: { $0.name == policy.name }) else {
            return TopologyPlan.Item(object: object, status: .create)
        }
        var differences = Self.differences(file: policy.definition, broker: other.definition)
        differences.append("pattern", file: policy.pattern, broker: other.pattern)
        differences.append("apply-to", file: policy.target.rawValue, broker: other.target.rawValue)
        differences.append("priority", file: "\(policy.priority)", broker: "\(other.priority)")
        return TopologyPlan.Item(object: object, status: differences.isEmpty ? .same : .update(differences))
    }

    private func extras() -> [TopologyPlan.Item] {
        let exchanges = Set(topology.exchanges.map(\.name))
        let queues = Set(topology.queues.map(\.name))
        let bindings = Set(topology.bindings)
        let policies = Set(topology.policies.map(\.name))
        let other = snapshot.topology
        var extras: [TopologyObject] = []
        extras += other.exchanges.filter { !exchanges.contains($0.name) && $0.name != BrokerNames.Exchange.uptime }.map {
            .exchange($0.name)
        }
        extras += other.queues.filter { !queues.contains($0.name) && !topology.isRunTimeQueue($0.name) }.map { .queue($0.name) }
        extras += other.bindings.filter { !bindings.contains($0) && !isRunTime($0) }.map { .binding($0) }
        extras += other.policies.filter { !policies.contains($0.name) }.map { .policy($0.name) }
        return extras.map { TopologyPlan.Item(object: $0, status: .extra) }
    }

    /// A binding of a queue that was declared while MoltBot ran. A queue in the file has no others than the file's.
    private func isRunTime(_ binding: Topology.Binding) -> Bool {
        guard case .queue(let name) = binding.destination else { return false }
        if topology.families.contains(where: { $0.couldHave(binding) }) { return true }
        return topology.isRunTimeQueue(name) && !topology.queues.contains { $0.name == name }
    }

    private func appendOddities(of key: String, to differences: inout [TopologyPlan.Difference]) {
        guard let oddities = snapshot.oddities[key] else { return }
        differences.append("durable", file: "true", broker: oddities.isTransient ? "false" : "true")
        differences.append("internal", file: "false", broker: oddities.isInternal ? "true" : "false")
    }

    private static func differences(file: [String: TopologyValue], broker: [String: TopologyValue]) -> [TopologyPlan.Difference] {
        var differences: [TopologyPlan.Difference] = []
        for key in Set(file.keys).union(broker.keys).sorted() {
            differences.append(key, file: file[key]?.description, broker: broker[key]?.description)
        }
        return differences
    }
}

extension [TopologyPlan.Difference] {
    fileprivate mutating func append(_ what: String, file: String?, broker: String?) {
        guard file != broker else { return }
        append(TopologyPlan.Difference(what: what, file: file, broker: broker))
    }
}
