/// A queue that exists once for each value of the placeholders in its name, with its bindings. A placeholder that only a binding's
/// key has gives the queue one such binding for each value.
///
/// `moltbot.tasks.{workspace}` is declared for the values that the topology file lists; when a workspace is added at run
/// time, ``Topology/objects(for:named:)`` gives the queues and bindings it needs.
package struct QueueFamily: Sendable, Equatable {
    package struct Source: Sendable, Equatable {
        package var exchange: String
        package var key: String
        package var arguments: [String: TopologyValue] = [:]
    }

    package var name: String
    package var type: Topology.QueueType
    package var arguments: [String: TopologyValue]
    package var sources: [Source]
    /// The values of each placeholder in ``name`` and in the keys.
    package var values: [String: [String]]

    /// The queue and its bindings for one value of each placeholder.
    func member(_ values: [String: String]) -> (queue: Topology.Queue, bindings: [Topology.Binding]) {
        let queueName = Placeholders.fill(name, with: values)
        let bindings = sources.flatMap { source in
            combinations(of: Placeholders.names(in: source.key), overriding: values.mapValues { [$0] }).map { values in
                Topology.Binding(
                    source: source.exchange, destination: .queue(queueName), key: Placeholders.fill(source.key, with: values),
                    arguments: source.arguments)
            }
        }
        return (Topology.Queue(name: queueName, type: type, arguments: arguments), bindings)
    }

    /// Every combination of the values of the placeholders in the name, the first placeholder varying slowest.
    func combinations(overriding fixed: [String: String] = [:]) -> [[String: String]] {
        combinations(of: Placeholders.names(in: name), overriding: fixed.mapValues { [$0] })
    }

    private func combinations(of placeholders: [String], overriding fixed: [String: [String]]) -> [[String: String]] {
        placeholders.reduce([[:]]) { combinations, placeholder in
            let choices = fixed[placeholder] ?? values[placeholder] ?? []
            return combinations.flatMap { combination in
                choices.map { combination.merging([placeholder: $0]) { _, new in new } }
            }
        }
    }

    /// Whether the queue itself does not depend on the placeholder, but its bindings do.
    func isBoundForEach(_ placeholder: String) -> Bool {
        !Placeholders.names(in: name).contains(placeholder)
            && sources.contains { Placeholders.names(in: $0.key).contains(placeholder) }
    }

    /// Whether `queueName` could be a member: a placeholder stands for one word, without dots.
    func couldContain(_ queueName: String) -> Bool { Self.fits(queueName, name) }

    /// Whether the binding could be one of a member's.
    func couldHave(_ binding: Topology.Binding) -> Bool {
        guard case .queue(let queueName) = binding.destination, couldContain(queueName) else { return false }
        return sources.contains { $0.exchange == binding.source && Self.fits(binding.key, $0.key) }
    }

    private static func fits(_ text: String, _ template: String) -> Bool {
        let pattern = template.split(separator: ".", omittingEmptySubsequences: false)
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        return pattern.count == words.count
            && zip(pattern, words).allSatisfy { $0.hasPrefix("{") ? RoutingWord.reasonToRefuse(String($1)) == nil : $0 == $1 }
    }
}

extension Topology {
    /// The queues and bindings that a new `name` of `placeholder` (`workspace` or `endpoint`) adds to the broker.
    ///
    /// - Throws: ``TopologyError`` of code `invalidName` when the name can't be part of a routing key.
    package func objects(for placeholder: String, named name: String) throws(TopologyError) -> Topology {
        if let reason = RoutingWord.reasonToRefuse(name) {
            throw TopologyError(.invalidName, "\(placeholder) '\(name)' \(reason)")
        }
        var added = Topology()
        for family in families where Placeholders.names(in: family.name).contains(placeholder) {
            for values in family.combinations(overriding: [placeholder: name]) {
                let member = family.member(values)
                added.queues.append(member.queue)
                added.bindings += member.bindings
            }
        }
        for family in families where family.isBoundForEach(placeholder) {
            for values in family.combinations() {
                let member = family.member(values.merging([placeholder: name]) { _, new in new })
                added.bindings += member.bindings.filter { !bindings.contains($0) }
            }
        }
        return added
    }

    /// Whether a queue of this name belongs to a workspace or endpoint that was added at run time, or to a running process.
    package func isRunTimeQueue(_ name: String) -> Bool {
        name.hasPrefix(BrokerNames.controlQueuePrefix) || families.contains { $0.couldContain(name) }
    }
}
