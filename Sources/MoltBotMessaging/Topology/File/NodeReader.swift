import Yams

/// Reads YAML nodes as the types the format asks for; what does not fit is reported with its place and read as absent.
struct NodeReader {
    typealias Entry = (key: String, keyNode: Node, value: Node)

    var problems: FileProblems

    /// The entries of a mapping. With `allowed` keys, others are reported.
    mutating func entries(of node: Node, in what: String, allowed: [String]? = nil) -> [Entry] {
        guard let mapping = node.mapping else {
            problems.report("\(what) is \(kind(of: node)), but must be a mapping (key: value)", at: node)
            return []
        }
        var entries: [Entry] = []
        for (keyNode, value) in mapping {
            guard let key = keyNode.string else {
                problems.report("a key of \(what) is \(kind(of: keyNode)), but must be text", at: keyNode)
                continue
            }
            if let allowed, !allowed.contains(key) {
                let hint = DidYouMean.hint(for: key, among: allowed)
                problems.report("unknown key '\(key)' in \(what)\(hint); it takes \(allowed.joined(separator: ", "))", at: keyNode)
                continue
            }
            entries.append((key, keyNode, value))
        }
        return entries
    }

    /// The values of a mapping that has only these keys.
    mutating func fields(of node: Node, in what: String, allowed: [String]) -> [String: Node] {
        Dictionary(entries(of: node, in: what, allowed: allowed).map { ($0.key, $0.value) }) { first, _ in first }
    }

    mutating func items(of node: Node, in what: String) -> [Node] {
        guard let sequence = node.sequence else {
            problems.report("\(what) is \(kind(of: node)), but must be a list", at: node)
            return []
        }
        return Array(sequence)
    }

    mutating func text(_ node: Node, in what: String) -> String? {
        guard case .string(let value)? = scalar(node) else {
            problems.report("\(what) is \(kind(of: node)), but must be text", at: node)
            return nil
        }
        return value
    }

    mutating func integer(_ node: Node, in what: String) -> Int64? {
        guard case .integer(let value)? = scalar(node) else {
            problems.report("\(what) is \(kind(of: node)), but must be a whole number", at: node)
            return nil
        }
        return value
    }

    mutating func value(_ node: Node, in what: String) -> TopologyValue? {
        guard let value = scalar(node) else {
            problems.report("\(what) is \(kind(of: node)), but must be text, a whole number, true or false", at: node)
            return nil
        }
        return value
    }

    /// One of an enumeration's raw values.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: Node, in what: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(node, in: what) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue)
        let hint = DidYouMean.hint(for: text, among: all)
        problems.report("\(what) is '\(text)'\(hint); it is one of \(all.joined(separator: ", "))", at: node)
        return nil
    }

    /// A plain `12`, `true` or `false` is a number or a truth value; everything else, and all that is quoted, is text.
    private func scalar(_ node: Node) -> TopologyValue? {
        guard let scalar = node.scalar else { return nil }
        guard scalar.style == .plain else { return .string(scalar.string) }
        if let integer = Int64(scalar.string) { return .integer(integer) }
        switch scalar.string {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "", "~", "null": return nil
        default: return .string(scalar.string)
        }
    }

    private func kind(of node: Node) -> String {
        if node.mapping != nil { return "a mapping" }
        if node.sequence != nil { return "a list" }
        return switch scalar(node) {
        case .bool(let value): "\(value)"
        case .integer(let value): "the number \(value)"
        case .string(let value): "the text '\(value)'"
        case nil: "empty"
        }
    }
}
