/// An exchange to declare.
public struct AMQPExchange: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case direct, fanout, topic, headers
    }

    public var name: String
    public var kind: Kind
    public var isDurable: Bool
    public var isAutoDelete: Bool
    /// True for one that only other exchanges may publish to.
    public var isInternal: Bool
    public var arguments: AMQPTable

    public init(
        name: String, kind: Kind, isDurable: Bool = true, isAutoDelete: Bool = false, isInternal: Bool = false, arguments: AMQPTable = [:]
    ) {
        self.name = name
        self.kind = kind
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.isInternal = isInternal
        self.arguments = arguments
    }
}

/// A queue to declare.
public struct AMQPQueue: Sendable, Hashable {
    /// Empty asks the broker to choose one.
    public var name: String
    public var isDurable: Bool
    /// True for one that belongs to its connection and ends with it.
    public var isExclusive: Bool
    public var isAutoDelete: Bool
    public var arguments: AMQPTable

    public init(
        name: String, isDurable: Bool = true, isExclusive: Bool = false, isAutoDelete: Bool = false, arguments: AMQPTable = [:]
    ) {
        self.name = name
        self.isDurable = isDurable
        self.isExclusive = isExclusive
        self.isAutoDelete = isAutoDelete
        self.arguments = arguments
    }
}

/// What the broker answers to a queue declaration.
public struct AMQPQueueStatus: Sendable, Hashable {
    public var name: String
    /// Messages ready for delivery; those delivered and not yet settled are not counted.
    public var messageCount: Int
    public var consumerCount: Int
}
