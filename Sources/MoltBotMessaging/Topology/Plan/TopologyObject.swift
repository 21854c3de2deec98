/// One thing on the broker that a topology declares.
package enum TopologyObject: Sendable, Hashable {
    case exchange(String)
    case queue(String)
    case binding(Topology.Binding)
    case policy(String)

    package enum Kind: String, Sendable, CaseIterable {
        case exchange, queue, binding, policy

        var plural: String {
            switch self {
            case .exchange: "exchanges"
            case .queue: "queues"
            case .binding: "bindings"
            case .policy: "policies"
            }
        }
    }

    package var kind: Kind {
        switch self {
        case .exchange: .exchange
        case .queue: .queue
        case .binding: .binding
        case .policy: .policy
        }
    }

    /// The object's name; a binding's is its ends and its key.
    package var name: String {
        switch self {
        case .exchange(let name), .queue(let name), .policy(let name): name
        case .binding(let binding): binding.description
        }
    }
}

extension TopologyObject: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) \(name)" }
}

extension Topology.Binding: CustomStringConvertible {
    package var description: String {
        let label = key.isEmpty ? "" : " '\(key)'"
        return switch destination {
        case .queue(let name): "\(source) -> \(name)\(label)"
        case .exchange(let name): "\(source) -> exchange \(name)\(label)"
        }
    }
}
