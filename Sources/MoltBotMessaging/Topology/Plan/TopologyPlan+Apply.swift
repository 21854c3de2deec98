package import AMQP
package import Logging

extension TopologyPlan {
    /// What ``apply(configuration:management:logger:)`` did.
    package struct Outcome: Sendable, Equatable {
        /// What was declared or set; empty when everything was there.
        package let applied: [TopologyObject]
        /// The policies that only the management API could have set, when there is none.
        package let policiesNotApplied: [String]

        /// One line for each thing done or left undone.
        package func render() -> String {
            var lines = applied.map { "applied \($0)" }
            if !policiesNotApplied.isEmpty {
                lines.append(
                    "policies not applied, because no management URL is configured: \(policiesNotApplied.joined(separator: ", ")); "
                        + "without them nothing limits the queues they name")
            }
            return lines.isEmpty ? "Nothing to do\n" : lines.joined(separator: "\n") + "\n"
        }
    }

    /// Creates what is missing and updates policies. Never deletes; running it again changes nothing.
    ///
    /// Policies come first: a stream takes its segment size when it is declared.
    /// - Throws: ``TopologyError`` of code `mismatch`, before anything is changed, when an object exists with other arguments;
    ///   `accessRefused` when the user lacks a permission; what was applied until then stays.
    package func apply(
        configuration: AMQPConfiguration, management: ManagementAPI?, logger: Logger
    ) async throws(TopologyError) -> Outcome {
        let conflicts = conflicts
        guard conflicts.isEmpty else { throw TopologyError(.mismatch, conflicts, isRetriable: isOnlyDown) }
        var applied = management == nil ? [] : try await applyPolicies(management)
        if needsDeclarations { applied += try await declare(configuration, logger) }
        return Outcome(applied: applied, policiesNotApplied: management == nil ? topology.policies.map(\.name) : [])
    }

    private var needsDeclarations: Bool {
        items.contains { $0.object.kind != .policy && $0.status.asksForDeclaration }
    }

    /// A broker whose disk is busy may end the connection over a queue that took it too long. To declare the others again changes nothing.
    private func declare(_ configuration: AMQPConfiguration, _ logger: Logger) async throws(TopologyError) -> [TopologyObject] {
        var repetitions = 0
        while true {
            do {
                return try await Self.withBroker(configuration, logger) { connection in
                    try await connection.withChannel { channel in
                        try await declare(
                            with: Declaration(channel: channel, user: configuration.user, virtualHost: configuration.virtualHost))
                    }
                }
            } catch {
                guard repetitions < 5, (error.cause as? AMQPError)?.isOfLateElection == true, !Task.isCancelled else { throw error }
                repetitions += 1
                logger.warning("The broker was too busy to declare a queue and is asked again", metadata: ["error": "\(error.message)"])
            }
        }
    }

    private func applyPolicies(_ management: ManagementAPI?) async throws(TopologyError) -> [TopologyObject] {
        var applied: [TopologyObject] = []
        for policy in topology.policies {
            let object = TopologyObject.policy(policy.name)
            guard let management, let status = status(of: object), status != .same else { continue }
            try await management.put(policy)
            applied.append(object)
        }
        return applied
    }

    /// Bindings that could not be seen are declared too: that is how one makes sure over AMQP. They count as applied only
    /// when they were known to be missing.
    private func declare(with declaration: Declaration) async throws(TopologyError) -> [TopologyObject] {
        let statuses = Dictionary(items.map { ($0.object, $0.status) }) { first, _ in first }
        var applied: [TopologyObject] = []
        for exchange in topology.exchanges where statuses[.exchange(exchange.name)] == .create {
            try await declaration.declare(exchange)
            applied.append(.exchange(exchange.name))
        }
        for queue in topology.queues where statuses[.queue(queue.name)] == .create {
            try await declaration.declare(queue)
            applied.append(.queue(queue.name))
        }
        for binding in topology.bindings where statuses[.binding(binding)]?.asksForDeclaration == true {
            try await declaration.declare(binding)
            if statuses[.binding(binding)] == .create { applied.append(.binding(binding)) }
        }
        return applied
    }
}

extension TopologyPlan.Status {
    fileprivate var asksForDeclaration: Bool {
        switch self {
        case .create, .unknown: true
        case .same, .update, .differs, .down, .extra: false
        }
    }
}
