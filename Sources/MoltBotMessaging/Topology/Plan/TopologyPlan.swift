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
            case .create, .update, .differs: false
            }
        }
    }

    /// The objects that nothing but a person can bring in line, one line each.
    package var conflicts: [String] {
        items.compactMap { item in
            guard case .differs(let differences, let migration) = item.status else { return nil }
            return "\(item.object) differs: \(differences.text). \(migration)"
        }
    }

    /// What a service can't run without: everything that is missing or differs, policies apart, which an operator may tune.
    package var obstacles: [String] {
        let missing = items.filter { $0.status == .create && $0.object.kind != .policy }
        return missing.map { "\($0.object) is missing" } + conflicts
    }

    func status(of object: TopologyObject) -> Status? {
        items.first { $0.object == object }?.status
    }
}

extension [TopologyPlan.Difference] {
    var text: String {
        map { "\($0.what) is \($0.broker ?? "not set") on the broker, \($0.file ?? "not set") in the file" }.joined(separator: "; ")
    }
}
