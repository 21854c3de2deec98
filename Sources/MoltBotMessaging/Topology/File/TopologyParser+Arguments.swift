import Yams

extension TopologyParser {
    /// The arguments of an exchange or queue, each checked against what RabbitMQ takes.
    mutating func parseArguments(
        _ node: Node, of what: String, rules: [ArgumentRules], type: Topology.QueueType? = nil
    ) -> [String: TopologyValue] {
        var arguments: [String: TopologyValue] = [:]
        for (name, nameNode, valueNode) in reader.entries(of: node, in: "the arguments of \(what)", allowed: rules.map(\.name)) {
            guard let rule = rules.first(where: { $0.name == name }) else { continue }
            if let type, !rule.types.contains(type) {
                let remedy = name == "x-max-priority" ? "use one queue for each lane, or type classic" : "remove it"
                let takers = rule.types.map(\.rawValue).joined(separator: " or ")
                reader.problems.report(
                    "\(what) is a \(type) queue, which does not take '\(name)' (only \(takers) queues do): \(remedy)", at: nameNode)
                continue
            }
            guard let value = reader.value(valueNode, in: "'\(name)' of \(what)") else { continue }
            if let reason = rule.reasonToRefuse(value) {
                reader.problems.report("'\(name)' of \(what) \(reason)", at: valueNode)
                continue
            }
            if name.hasSuffix("dead-letter-exchange") || name == "alternate-exchange" {
                exchangeReferences.append((value.description, valueNode, "'\(name)' of \(what)"))
            }
            arguments[name] = value
        }
        checkAtLeastOnce(arguments, of: what, at: node)
        return arguments
    }

    /// At-least-once dead-lettering needs an exchange and reject-publish; without either RabbitMQ loses messages in silence.
    private mutating func checkAtLeastOnce(_ arguments: [String: TopologyValue], of what: String, at node: Node) {
        guard arguments["x-dead-letter-strategy"] == .string("at-least-once") else { return }
        if arguments["x-dead-letter-exchange"] == nil {
            reader.problems.report("\(what) dead-letters at-least-once but names no 'x-dead-letter-exchange': add it", at: node)
        }
        if arguments["x-overflow"] != .string("reject-publish") {
            reader.problems.report("\(what) dead-letters at-least-once, which needs 'x-overflow: reject-publish': add it", at: node)
        }
    }

    mutating func parsePolicies(_ node: Node) {
        for (name, nameNode, body) in reader.entries(of: node, in: "'policies'") {
            let what = "policy '\(name)'"
            guard name.hasPrefix(Topology.namePrefix) else {
                reader.problems.report("invalid name '\(name)': a policy's name starts with '\(Topology.namePrefix)'", at: nameNode)
                continue
            }
            let fields = reader.fields(of: body, in: what, allowed: ["pattern", "apply-to", "priority", "definition"])
            guard let patternNode = fields["pattern"], let definitionNode = fields["definition"] else {
                reader.problems.report("\(what) needs a 'pattern', such as ^moltbot\\.results$, and a 'definition'", at: nameNode)
                continue
            }
            var policy = Topology.Policy(name: name, pattern: "", target: .queues, definition: [:])
            policy.pattern = parsePattern(patternNode, of: what) ?? ""
            policy.definition = parseArguments(definitionNode, of: what, rules: ArgumentRules.policy)
            if let node = fields["priority"] { policy.priority = reader.integer(node, in: "'priority' of \(what)") ?? 0 }
            if let node = fields["apply-to"], let target = reader.choice(node, in: "'apply-to' of \(what)", of: Topology.Policy.Target.self)
            {
                policy.target = target
            }
            topology.policies.append(policy)
        }
    }

    private mutating func parsePattern(_ node: Node, of what: String) -> String? {
        guard let pattern = reader.text(node, in: "'pattern' of \(what)") else { return nil }
        guard let regex = try? Regex(pattern) else {
            reader.problems.report("'pattern' of \(what) is no regular expression: \(pattern)", at: node)
            return nil
        }
        let names = topology.exchanges.map(\.name) + topology.queues.map(\.name)
        if !names.contains(where: { $0.firstMatch(of: regex) != nil }) {
            reader.problems.report("'pattern' of \(what) matches no exchange or queue of this file: \(pattern)", at: node)
        }
        return pattern
    }
}
