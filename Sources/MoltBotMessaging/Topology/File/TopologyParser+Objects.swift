import Yams

extension TopologyParser {
    mutating func parseExchanges(_ node: Node) {
        for (name, nameNode, body) in reader.entries(of: node, in: "'exchanges'") {
            let what = "exchange '\(name)'"
            guard checkName(name, of: what, at: nameNode) else { continue }
            let fields = reader.fields(of: body, in: what, allowed: ["type", "arguments", "bind"])
            let arguments = fields["arguments"].map { parseArguments($0, of: what, rules: ArgumentRules.exchange) } ?? [:]
            let sources = fields["bind"].map { parseSources($0, of: what) } ?? []
            if let kind = parseType(fields["type"], of: what, at: nameNode, as: Topology.ExchangeKind.self) {
                topology.exchanges.append(Topology.Exchange(name: name, kind: kind, arguments: arguments))
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
        let fields = reader.fields(of: body, in: what, allowed: ["type", "arguments", "bind"])
        guard let type = parseType(fields["type"], of: what, at: nameNode, as: Topology.QueueType.self) else { return nil }
        let arguments = fields["arguments"].map { parseArguments($0, of: what, rules: ArgumentRules.queue, type: type) } ?? [:]
        let sources = fields["bind"].map { parseSources($0, of: what, placeholders: Array(repeats.keys)) } ?? []
        let used = Set(placeholders + sources.flatMap { Placeholders.names(in: $0.key) })
        let values = repeats.filter { used.contains($0.key) }
        return QueueFamily(name: name, type: type, arguments: arguments, sources: sources, values: values)
    }

    private mutating func parseType<Kind: RawRepresentable & CaseIterable>(
        _ node: Node?, of what: String, at nameNode: Node, as kind: Kind.Type
    ) -> Kind? where Kind.RawValue == String {
        if let node { return reader.choice(node, in: "the type of \(what)", of: kind) }
        let choices = kind.allCases.map(\.rawValue).joined(separator: ", ")
        reader.problems.report("\(what) has no 'type': write one of \(choices)", at: nameNode)
        return nil
    }

    /// The `bind` list of a queue or exchange.
    private mutating func parseSources(_ node: Node, of what: String, placeholders: [String] = []) -> [QueueFamily.Source] {
        reader.items(of: node, in: "'bind' of \(what)").compactMap { parseSource($0, of: what, placeholders: placeholders) }
    }

    private mutating func parseSource(_ node: Node, of what: String, placeholders: [String]) -> QueueFamily.Source? {
        let fields = reader.fields(of: node, in: "a binding of \(what)", allowed: ["from", "key", "arguments"])
        guard let fromNode = fields["from"] else {
            reader.problems.report("a binding of \(what) has no 'from': name the exchange its messages come from", at: node)
            return nil
        }
        guard let exchange = reader.text(fromNode, in: "'from' in a binding of \(what)") else { return nil }
        exchangeReferences.append((exchange, fromNode, "a binding of \(what)"))
        var source = QueueFamily.Source(exchange: exchange, key: "")
        if let keyNode = fields["key"] {
            // Routing keys have no numbers: a key such as 1 is text as well.
            source.key = reader.value(keyNode, in: "'key' in a binding of \(what)")?.description ?? ""
            checkPlaceholders(source.key, allowed: placeholders, of: "the key", at: keyNode, remedy: "use one that is under 'repeat'")
        } else if let kind = topology.exchanges.first(where: { $0.name == exchange })?.kind, kind == .topic || kind == .direct {
            reader.problems.report(
                "a binding of \(what) to the \(kind) exchange '\(exchange)' has no 'key'; '#' takes every message of a topic exchange",
                at: node)
        }
        for argument in fields["arguments"].map({ reader.entries(of: $0, in: "the arguments of a binding of \(what)") }) ?? [] {
            source.arguments[argument.key] = reader.value(argument.value, in: "argument '\(argument.key)'")
        }
        return source
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
