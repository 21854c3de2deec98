import MoltBotCore
import Yams

/// Turns the nodes of a topology file into a ``Topology``; everything that is wrong is in ``NodeReader/problems``.
struct TopologyParser {
    var reader: NodeReader
    var topology = Topology()
    /// The references to exchanges, checked when all exchanges are known.
    var exchangeReferences: [(name: String, node: Node, what: String)] = []
    /// The values of each placeholder.
    var repeats: [String: [String]] = [:]

    init(fileName: String) {
        reader = NodeReader(problems: FileProblems(fileName: fileName))
    }

    mutating func parse(_ root: Node) {
        let sections = ["version", "repeat", "exchanges", "queues", "delay", "policies"]
        let fields = reader.fields(of: root, in: "the topology", allowed: sections)
        checkVersion(fields["version"], root: root)
        // The sections depend on each other in this order, whatever the file's.
        if let node = fields["repeat"] { parseRepeats(node) }
        if let node = fields["exchanges"] { parseExchanges(node) }
        if let node = fields["queues"] { parseQueues(node) }
        if let node = fields["delay"] { parseDelay(node) }
        if let node = fields["policies"] { parsePolicies(node) }
        checkReferences()
    }

    private mutating func checkVersion(_ node: Node?, root: Node) {
        guard let node else {
            reader.problems.report("the key 'version' is missing: write 'version: 1'", at: root)
            return
        }
        guard let version = reader.integer(node, in: "'version'"), version != 1 else { return }
        reader.problems.report("version \(version) is not known to this moltbot, which reads version 1", at: node)
    }

    private mutating func parseRepeats(_ node: Node) {
        for (name, _, list) in reader.entries(of: node, in: "'repeat'") {
            var values: [String] = []
            for item in reader.items(of: list, in: "'repeat.\(name)'") {
                guard let text = reader.text(item, in: "a value of 'repeat.\(name)'") else { continue }
                guard let expanded = Placeholders.expandRange(text) else {
                    reader.problems.report("the range in '\(text)' must run upwards over at most 1000 values, such as {0..15}", at: item)
                    continue
                }
                values += expanded.filter { check($0, of: name, at: item) }
            }
            repeats[name] = values
        }
    }

    private mutating func check(_ value: String, of name: String, at node: Node) -> Bool {
        for word in value.split(separator: ".", omittingEmptySubsequences: false) {
            guard let reason = RoutingWord.reasonToRefuse(String(word)) else { continue }
            reader.problems.report("'\(word)' in 'repeat.\(name)' \(reason)", at: node)
            return false
        }
        return true
    }

    private mutating func parseDelay(_ node: Node) {
        guard let levelsNode = reader.fields(of: node, in: "'delay'", allowed: ["levels"])["levels"] else {
            reader.problems.report("'delay' has no 'levels': write 'levels: 22'", at: node)
            return
        }
        guard let levels = reader.integer(levelsNode, in: "'delay.levels'") else { return }
        guard levels == DelayLadder.levels.count else {
            reader.problems.report(
                "'delay.levels' is \(levels), but routing keys have a bit for each of \(DelayLadder.levels.count) levels: write that",
                at: levelsNode)
            return
        }
        let ladder = DelayLevels.objects
        topology.exchanges += ladder.exchanges
        topology.queues += ladder.queues
        topology.bindings += ladder.bindings
        exchangeReferences.append((BrokerNames.Exchange.delay, node, "'delay'"))
    }

    /// Reports every reference to an exchange that neither the file nor the broker itself declares.
    private mutating func checkReferences() {
        let names = topology.exchanges.map(\.name)
        let known = Set(names).union(Self.predeclaredExchanges)
        for reference in exchangeReferences where !known.contains(reference.name) {
            let hint = DidYouMean.hint(for: reference.name, among: names)
            reader.problems.report(
                "\(reference.what) names the exchange '\(reference.name)', which is not declared\(hint); add it under 'exchanges'",
                at: reference.node)
        }
    }

    private static let predeclaredExchanges = ["amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match"]
}
