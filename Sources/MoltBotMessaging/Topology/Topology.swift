/// What MoltBot needs on a broker: every exchange, queue, binding and policy, in the order they are declared.
///
/// The value is what a topology file says once its repeats are written out (``TopologyFile``), or what a broker has
/// (``BrokerSnapshot``); a plan is the difference between the two. All objects are durable and outlive their clients.
package struct Topology: Sendable, Equatable {
    package var exchanges: [Exchange]
    package var queues: [Queue]
    package var bindings: [Binding]
    package var policies: [Policy]
    /// The queues that exist once for each workspace or endpoint; more of them are declared while MoltBot runs.
    package var families: [QueueFamily]

    package init(
        exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = [], policies: [Policy] = [],
        families: [QueueFamily] = []
    ) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
        self.policies = policies
        self.families = families
    }

    /// Every object of MoltBot on a broker starts with this.
    package static let namePrefix = "moltbot."
}

extension Topology {
    /// The kinds of exchange the contract uses, by their AMQP names.
    package enum ExchangeKind: String, Sendable, CaseIterable {
        case direct, fanout, topic, headers
    }

    /// How a queue keeps its messages, by RabbitMQ's names.
    package enum QueueType: String, Sendable, CaseIterable {
        case classic, quorum, stream
    }

    package struct Exchange: Sendable, Equatable {
        package var name: String
        package var kind: ExchangeKind
        package var arguments: [String: TopologyValue] = [:]
    }

    package struct Queue: Sendable, Equatable {
        package var name: String
        package var type: QueueType
        /// The arguments beside the type.
        package var arguments: [String: TopologyValue] = [:]

        /// The arguments of `queue.declare`.
        ///
        /// A classic queue goes without `x-queue-type`: RabbitMQ 3.10 finds `classic` and absent different, and a client
        /// in another language that declares the queue again names no type.
        package var declaredArguments: [String: TopologyValue] {
            guard type != .classic else { return arguments }
            return arguments.merging(["x-queue-type": .string(type.rawValue)]) { _, type in type }
        }
    }

    package struct Binding: Sendable, Hashable {
        package enum Destination: Sendable, Hashable {
            case queue(String)
            case exchange(String)

            package var name: String {
                switch self {
                case .queue(let name), .exchange(let name): name
                }
            }
        }

        package var source: String
        package var destination: Destination
        package var key: String
        package var arguments: [String: TopologyValue] = [:]
    }

    package struct Policy: Sendable, Equatable {
        package enum Target: String, Sendable, CaseIterable {
            case all, exchanges, queues
        }

        package var name: String
        /// The regular expression that chooses the objects by name.
        package var pattern: String
        package var target: Target
        /// RabbitMQ applies one policy to an object: the matching one of the highest priority.
        package var priority: Int64 = 0
        package var definition: [String: TopologyValue]
    }
}
