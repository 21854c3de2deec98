/// The methods of AMQP 0-9-1 that RabbitMQ and this client exchange, in both directions: a scripted peer in the tests speaks the
/// broker's half through the same type.
enum Method: Sendable, Hashable {
    case connectionStart(ConnectionStart)
    case connectionStartOk(ConnectionStartOk)
    case connectionSecure(challenge: [UInt8])
    case connectionTune(Tuning)
    case connectionTuneOk(Tuning)
    case connectionOpen(virtualHost: String)
    case connectionOpenOk
    case connectionClose(Close)
    case connectionCloseOk
    case connectionBlocked(reason: String)
    case connectionUnblocked

    case channelOpen
    case channelOpenOk
    case channelFlow(isActive: Bool)
    case channelFlowOk(isActive: Bool)
    case channelClose(Close)
    case channelCloseOk

    case exchangeDeclare(AMQPExchange, kind: String, isPassive: Bool)
    case exchangeDeclareOk
    case exchangeDelete(name: String, ifUnused: Bool)
    case exchangeDeleteOk
    case exchangeBind(ExchangeBinding)
    case exchangeBindOk
    case exchangeUnbind(ExchangeBinding)
    case exchangeUnbindOk

    case queueDeclare(AMQPQueue, isPassive: Bool)
    case queueDeclareOk(AMQPQueueStatus)
    case queueBind(QueueBinding)
    case queueBindOk
    case queueUnbind(QueueBinding)
    case queueUnbindOk
    case queuePurge(name: String)
    case queuePurgeOk(messageCount: Int)
    case queueDelete(name: String, ifUnused: Bool, ifEmpty: Bool)
    case queueDeleteOk(messageCount: Int)

    case basicQos(prefetchCount: UInt16)
    case basicQosOk
    case basicConsume(Consume)
    case basicConsumeOk(consumerTag: String)
    case basicCancel(consumerTag: String, noWait: Bool)
    case basicCancelOk(consumerTag: String)
    case basicPublish(exchange: String, routingKey: String, isMandatory: Bool)
    case basicReturn(Return)
    case basicDeliver(Deliver)
    case basicGet(queue: String)
    case basicGetOk(Deliver)
    case basicGetEmpty
    case basicAck(tag: UInt64, isMultiple: Bool)
    case basicReject(tag: UInt64, requeue: Bool)
    case basicNack(tag: UInt64, isMultiple: Bool, requeue: Bool)

    case confirmSelect
    case confirmSelectOk

    struct ConnectionStart: Sendable, Hashable {
        var versionMajor: UInt8 = 0
        var versionMinor: UInt8 = 9
        var serverProperties: AMQPTable = [:]
        /// Separated by spaces.
        var mechanisms: String
    }

    struct ConnectionStartOk: Sendable, Hashable {
        var clientProperties: AMQPTable
        var mechanism: String
        var response: [UInt8]
    }

    /// Limits of a connection; 0 means none (frames, channels) or off (heartbeat).
    struct Tuning: Sendable, Hashable {
        var channelMax: UInt16
        /// Bytes of a whole frame.
        var frameMax: UInt32
        /// Seconds.
        var heartbeat: UInt16
    }

    struct Close: Sendable, Hashable {
        var replyCode: UInt16
        var replyText: String
        var classID: UInt16 = 0
        var methodID: UInt16 = 0
    }

    struct ExchangeBinding: Sendable, Hashable {
        var destination: String
        var source: String
        var routingKey: String
        var arguments: AMQPTable = [:]
    }

    struct QueueBinding: Sendable, Hashable {
        var queue: String
        var exchange: String
        var routingKey: String
        var arguments: AMQPTable = [:]
    }

    struct Consume: Sendable, Hashable {
        var queue: String
        var consumerTag: String
        var isExclusive: Bool = false
        var arguments: AMQPTable = [:]
    }

    struct Return: Sendable, Hashable {
        var replyCode: UInt16
        var replyText: String
        var exchange: String
        var routingKey: String
    }

    /// `basic.deliver` and `basic.get-ok`; the latter has no consumer tag.
    struct Deliver: Sendable, Hashable {
        var consumerTag: String = ""
        var deliveryTag: UInt64
        var isRedelivered: Bool
        var exchange: String
        var routingKey: String
    }
}

extension Method {
    /// True for the methods that a content header and a body follow.
    var carriesContent: Bool {
        switch self {
        case .basicPublish, .basicReturn, .basicDeliver, .basicGetOk: true
        default: false
        }
    }
}
