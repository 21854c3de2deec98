internal import AMQP
internal import MoltBotCore

/// Declares the queues that results are read from, and removes those of one use.
struct ResultQueues: Sendable {
    private enum Limits {
        /// A subscription that nobody has read for a week goes, with what it holds: 7 days in milliseconds.
        static let unusedSubscription: AMQPValue = 604_800_000
        /// The oldest outcomes go first, as in `moltbot.results`; the ledger keeps them longer.
        static let length: AMQPValue = 1_000_000
        /// A queue of one use outlives a lost connection by 5 minutes, and the program that declared it no longer.
        static let unusedReplies: AMQPValue = 300_000
        /// Events that wait for their reader to come back; the oldest go first.
        static let events: AMQPValue = 100_000
    }

    let client: AMQPClient

    /// Makes sure that the queue exists and gets what it is for. Does nothing for the shared queue, which the topology declares.
    func declare(_ source: ResultSource) async throws {
        switch source {
        case .shared: break
        case .subscription(let name): try await subscribe(name)
        case .replies(let name):
            try await client.withChannel { channel in
                _ = try await channel.queueDeclare(AMQPQueue(name: name, arguments: ["x-expires": Limits.unusedReplies]))
            }
        case .events(let name, let workspace): try await listen(name, workspace)
        }
    }

    /// Deletes a queue of one use; the others stay for their next reader.
    func remove(_ source: ResultSource) async throws {
        switch source {
        case .shared, .subscription: break
        case .replies(let name), .events(let name, _):
            try await client.withChannel { channel in
                _ = try await channel.queueDelete(name)
            }
        }
    }

    private func listen(_ name: String, _ workspace: Workspace) async throws {
        try await client.withChannel { channel in
            try await channel.queueDeclare(
                AMQPQueue(name: name, arguments: ["x-expires": Limits.unusedReplies, "x-max-length": Limits.events]))
            try await channel.queueBind(
                queue: name, exchange: BrokerNames.Exchange.eventsTopic, routingKey: BrokerNames.taskEventsKey(workspace))
        }
    }

    /// Bound to the topic exchange rather than the fanout: only the four terminal events are results.
    private func subscribe(_ name: ResultQueueName) async throws {
        let exists = try await exists(name)
        try await client.withChannel { channel in
            // A queue that is there keeps the arguments its owner gave it; declaring it with others would be refused.
            if !exists {
                try await channel.queueDeclare(
                    AMQPQueue(
                        name: name.rawValue, arguments: ["x-expires": Limits.unusedSubscription, "x-max-length": Limits.length]))
            }
            for type in TaskEventType.terminal {
                try await channel.queueBind(
                    queue: name.rawValue, exchange: BrokerNames.Exchange.eventsTopic, routingKey: "*.\(type.rawValue)")
            }
        }
    }

    private func exists(_ name: ResultQueueName) async throws -> Bool {
        do {
            try await client.withChannel { channel in
                _ = try await channel.queueDeclare(AMQPQueue(name: name.rawValue), passive: true)
            }
            return true
        } catch let error as AMQPError where error.replyCode == 404 {
            return false
        }
    }
}
