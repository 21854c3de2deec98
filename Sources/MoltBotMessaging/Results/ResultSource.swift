package import MoltBotCore

/// A queue that outcomes of tasks can be read from.
package enum ResultSource: Sendable, Equatable {
    /// `moltbot.results`, which exists from the start: each outcome goes to one of its readers.
    case shared
    /// A durable queue of the reader's own that gets a copy of every outcome.
    case subscription(ResultQueueName)
    /// A queue for the answers to one's own tasks, named in their `reply_to`.
    case replies(String)
    /// A queue for all events of one workspace's tasks.
    case events(String, Workspace)

    /// A reply queue that nobody else uses.
    package static func newReplies() -> ResultSource { .replies("moltbot.reply." + UUIDText.version7()) }

    /// A queue of events that nobody else reads.
    package static func newEvents(of workspace: Workspace) -> ResultSource {
        .events("moltbot.reply.events." + UUIDText.version7(), workspace)
    }

    package var queue: String {
        switch self {
        case .shared: BrokerNames.Queue.results
        case .subscription(let name): name.rawValue
        case .replies(let name), .events(let name, _): name
        }
    }
}

/// The name of a queue that a reader of results has for itself.
package struct ResultQueueName: Sendable, Hashable, CustomStringConvertible {
    package static let rule = "1 to 255 bytes, not starting with 'moltbot.' or 'amq.', which MoltBot and RabbitMQ keep for themselves"

    package let rawValue: String

    /// Nil when the name breaks ``rule``: binding one of MoltBot's own queues to the results would feed results to it for good.
    package init?(_ name: String) {
        guard (1...255).contains(name.utf8.count), !name.hasPrefix(Topology.namePrefix), !name.hasPrefix("amq.") else { return nil }
        rawValue = name
    }

    package var description: String { rawValue }
}
