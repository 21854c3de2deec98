/// What a broker lacks or has differently from a topology, object by object.
package struct TopologyPlan: Sendable, Equatable {
    /// One argument or property that is not the same on both sides; nil for one that is not set.
    package struct Difference: Sendable, Equatable {
        package let what: String
        package let file: String?
        package let broker: String?
    }

    package enum Status: Sendable, Equatable {
        case same
        /// Missing on the broker.
        case create
        /// A policy, which can be changed in place.
        case update([Difference])
        /// An exchange or queue, which can't: RabbitMQ keeps the arguments it was declared with. `migration` says what to do.
        case differs([Difference], migration: String)
        /// A queue or stream that the broker knows and cannot reach.
        case down(remedy: String)
        /// On the broker under MoltBot's prefix, but not in the file. It is left alone.
        case extra
        /// Not visible from here; the text says why.
        case unknown(String)
    }

    package struct Item: Sendable, Equatable {
        package let object: TopologyObject
        package let status: Status
    }

    package let topology: Topology
    package let virtualHost: String
    package let items: [Item]

    package init(topology: Topology, virtualHost: String, items: [Item]) {
        self.topology = topology
        self.virtualHost = virtualHost
        self.items = items
    }

    /// Whether applying would change nothing, as far as could be seen. Extra objects don't count.
    package var isClean: Bool {
        items.allSatisfy { item in
            switch item.status {
            case .same, .extra, .unknown: true
            case .create, .update, .differs, .down: false
            }
        }
    }

    /// The objects that nothing but a person can bring in line, one line each.
    package var conflicts: [String] {
        items.compactMap { item in
            switch item.status {
            case .differs(let differences, let migration): "\(item.object) differs: \(differences.text). \(migration)"
            case .down(let remedy): "\(item.object) is down. \(remedy)"
            case .same, .create, .update, .extra, .unknown: nil
            }
        }
    }

    /// What a service can't run without: everything that is missing or differs, policies apart, which an operator may tune.
    package var obstacles: [String] {
        let missing = items.filter { $0.status == .create && $0.object.kind != .policy }
        return missing.map { "\($0.object) is missing" } + conflicts
    }

    /// Whether all that is missing may yet come up by itself, as streams do for some seconds after the start of a broker.
    var isOnlyDown: Bool {
        let states = items.filter { $0.object.kind != .policy }.map(\.status)
        return states.contains { $0.isDown } && !states.contains { $0.isObstacle && !$0.isDown }
    }

    func status(of object: TopologyObject) -> Status? {
        items.first { $0.object == object }?.status
    }
}

extension TopologyPlan.Status {
    var isDown: Bool {
        if case .down = self { true } else { false }
    }

    fileprivate var isObstacle: Bool {
        switch self {
        case .create, .differs, .down: true
        case .same, .update, .extra, .unknown: false
        }
    }
}

extension [TopologyPlan.Difference] {
    var text: String {
        map { "\($0.what) is \($0.broker ?? "not set") on the broker, \($0.file ?? "not set") in the file" }.joined(separator: "; ")
    }
}
