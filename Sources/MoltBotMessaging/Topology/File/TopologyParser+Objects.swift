import Yams

extension TopologyParser {
    mutating func parseExchanges(_ node: Node) {
        for (name, nameNode, body) in reader.entries(of: node, in: "'exchanges'") {
            let what = "exchange '\(name)'"
            guard checkName(name, of: what, at: nameNode) else { continue }
            var kind: Topology.ExchangeKind?
            var arguments: [String: TopologyValue] = [:]
            var sources: [QueueFamily.Source] = []
            let entries = reader.entries(of: body, in: what, allowed: ["type", "arguments", "bind"])
            for (key, _, value) in entries {
                switch key {
                case "type": kind = reader.choice(value, in: "the type of \(what)", of: Topology.ExchangeKind.self)
                case "arguments": arguments = parseArguments(value, of: what, rules: ArgumentRules.exchange)
                default: sources = parseSources(value, of: what)
                }
            }
            if let kind {
                topology.exchanges.append(Topology.Exchange(name: name, kind: kind, arguments: arguments))
            } else if !entries.contains(where: { $0.key == "type" }) {
                reader.problems.report("\(what) has no 'type': write direct, fanout, topic or headers", at: nameNode)
            }
            topology.bindings += sources.map {
                Topology.Binding(source: $0.exchange, destination: .exchange(name), key: $0.key, arguments: $0.arguments)
            }
        }
    }

    mutating func parseQueues(_ node: Node) {
        var places: [String: String] = [:]
        for (name, nameNode, body) in reader.entries(of: node, in: "'queues'") {
            guard let family = parseFamily(name, at: nameNode, body: body) else { continue }
            for values in family.combinations() {
                let member = family.member(values)
                if let other = places.updateValue(name, forKey: member.queue.name) {
                    reader.problems.report(
                        "queue '\(member.queue.name)' is declared twice: by '\(other)' and by '\(name)'; rename one", at: nameNode)
                }
                topology.queues.append(member.queue)
                topology.bindings += member.bindings
            }
            if !family.values.isEmpty { topology.families.append(family) }
        }
    }

    private mutating func parseFamily(_ name: String, at nameNode: Node, body: Node) -> QueueFamily? {
        let what = "queue '\(name)'"
        guard checkName(name, of: what, at: nameNode) else { return nil }
        let placeholders = Placeholders.names(in: name)
        checkPlaceholders(name, allowed: Array(repeats.keys), of: what, at: nameNode, remedy: "add it under 'repeat'")
        let entries = reader.entries(of: body, in: what, allowed: ["type", "arguments", "bind"])
        let body = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
        guard let typeNode = body["type"] else {
            reader.problems.report("\(what) has no 'type': write classic, quorum or stream", at: nameNode)
            return nil
        }
        guard let type = reader.choice(typeNode, in: "the type of \(what)", of: Topology.QueueType.self) else { return nil }
        let arguments = body["arguments"].map { parseArguments($0, of: what, rules: ArgumentRules.queue, type: type) } ?? [:]
        let sources = body["bind"].map { parseSources($0, of: what, placeholders: placeholders) } ?? []
        let values = repeats.filter { placeholders.contains($0.key) }
        return QueueFamily(name: name, type: type, arguments: arguments, sources: sources, values: values)
    }

    /// The `bind` list of a queue or exchange.
    private mutating func parseSources(_ node: Node, of what: String, placeholders: [String] = []) -> [QueueFamily.Source] {
        reader.items(of: node, in: "'bind' of \(what)").compactMap { item in
            let entries = reader.entries(of: item, in: "a binding of \(what)", allowed: ["from", "key", "arguments"])
            var source = QueueFamily.Source(exchange: "", key: "")
            for (key, _, value) in entries {
                switch key {
                case "from":
                    source.exchange = reader.text(value, in: "'from' in a binding of \(what)") ?? ""
                    exchangeReferences.append((source.exchange, value, "a binding of \(what)"))
                case "key":
                    // A key such as 1 is text as well: routing keys have no numbers.
                    source.key = reader.value(value, in: "'key' in a binding of \(what)")?.description ?? ""
                    checkPlaceholders(source.key, allowed: placeholders, of: "the key", at: value, remedy: "use one of the queue's name")
                default:
                    source.arguments = reader.entries(of: value, in: "the arguments of a binding of \(what)").reduce(into: [:]) {
                        $0[$1.key] = reader.value($1.value, in: "argument '\($1.key)'")
                    }
                }
            }
            guard entries.contains(where: { $0.key == "from" }) else {
                reader.problems.report("a binding of \(what) has no 'from': name the exchange its messages come from", at: item)
                return nil
            }
            if let kind = topology.exchanges.first(where: { $0.name == source.exchange })?.kind, kind == .topic || kind == .direct,
                source.key.isEmpty
            {
                reader.problems.report(
                    "a binding of \(what) to the \(kind) exchange '\(source.exchange)' has no 'key'; '#' takes every message of a topic exchange",
                    at: item)
            }
            return source
        }
    }

    /// Names are the contract's: one prefix, so that a plan can tell MoltBot's objects from others.
    private mutating func checkName(_ name: String, of what: String, at node: Node) -> Bool {
        let plain = name.replacing(/\{[a-z]+\}/, with: "x")
        if name.utf8.count <= 255, plain.wholeMatch(of: /moltbot\.[A-Za-z0-9._-]+/) != nil { return true }
        reader.problems.report(
            "invalid name '\(name)': it starts with '\(Topology.namePrefix)', has letters, digits, '.', '_', '-' and {placeholders}, and at most 255 bytes",
            at: node)
        return false
    }

    private mutating func checkPlaceholders(_ text: String, allowed: [String], of what: String, at node: Node, remedy: String) {
        for placeholder in Placeholders.names(in: text) where !allowed.contains(placeholder) {
            let hint = DidYouMean.hint(for: placeholder, among: allowed)
            reader.problems.report("\(what) has the unknown placeholder {\(placeholder)}\(hint); \(remedy)", at: node)
        }
    }
}
