import Yams

/// Writes a topology as a file in the format of `topology/moltbot.yaml`, repeats and ladder written out.
package enum TopologyExport {
    /// - Throws: ``TopologyError`` of code `invalidFile` when the text can't be written.
    package static func yaml(_ topology: Topology) throws(TopologyError) -> String {
        let exported = topology.withoutUnknownSources
        let root: Node = [
            "version": Node("1", Tag(.int)),
            "exchanges": mapping(exported.exchanges.sorted { $0.name < $1.name }.map { ($0.name, node($0, in: exported)) }),
            "queues": mapping(exported.queues.sorted { $0.name < $1.name }.map { ($0.name, node($0, in: exported)) }),
            "policies": mapping(exported.policies.sorted { $0.name < $1.name }.map { ($0.name, node($0)) }),
        ]
        do {
            return try Yams.serialize(node: root, width: -1)
        } catch {
            throw TopologyError(.invalidFile, "the topology can't be written as YAML: \(error)", cause: error)
        }
    }

    private static func node(_ exchange: Topology.Exchange, in topology: Topology) -> Node {
        object(type: exchange.kind.rawValue, arguments: exchange.arguments, destination: .exchange(exchange.name), in: topology)
    }

    private static func node(_ queue: Topology.Queue, in topology: Topology) -> Node {
        object(type: queue.type.rawValue, arguments: queue.arguments, destination: .queue(queue.name), in: topology)
    }

    private static func object(
        type: String, arguments: [String: TopologyValue], destination: Topology.Binding.Destination, in topology: Topology
    ) -> Node {
        var pairs = [("type", text(type))]
        if !arguments.isEmpty { pairs.append(("arguments", node(arguments))) }
        let sources = topology.bindings.filter { $0.destination == destination }
            .sorted { ($0.source, $0.key) < ($1.source, $1.key) }
        if !sources.isEmpty { pairs.append(("bind", Node(sources.map(node)))) }
        return mapping(pairs)
    }

    private static func node(_ binding: Topology.Binding) -> Node {
        var pairs = [("from", text(binding.source))]
        if !binding.key.isEmpty { pairs.append(("key", text(binding.key))) }
        if !binding.arguments.isEmpty { pairs.append(("arguments", node(binding.arguments))) }
        return mapping(pairs)
    }

    private static func node(_ policy: Topology.Policy) -> Node {
        mapping([
            ("pattern", text(policy.pattern)), ("apply-to", text(policy.target.rawValue)),
            ("priority", Node("\(policy.priority)", Tag(.int))), ("definition", node(policy.definition)),
        ])
    }

    private static func node(_ values: [String: TopologyValue]) -> Node {
        mapping(values.sorted { $0.key < $1.key }.map { ($0.key, node($0.value)) })
    }

    private static func node(_ value: TopologyValue) -> Node {
        switch value {
        case .bool(let value): Node("\(value)", Tag(.bool))
        case .integer(let value): Node("\(value)", Tag(.int))
        case .string(let value): text(value)
        }
    }

    private static func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (text($0.0), $0.1) })
    }

    /// Text is quoted where it would read as something else.
    private static func text(_ text: String) -> Node {
        let isPlain = text.wholeMatch(of: /[A-Za-z][A-Za-z0-9._-]*/) != nil && text != "true" && text != "false" && text != "null"
        return Node(text, Tag(.str), isPlain ? .plain : .doubleQuoted)
    }
}

extension Topology {
    /// Bindings whose source is not declared would make the file refuse itself.
    fileprivate var withoutUnknownSources: Topology {
        var topology = self
        let known = Set(exchanges.map(\.name))
        topology.bindings.removeAll { !known.contains($0.source) }
        return topology
    }
}
