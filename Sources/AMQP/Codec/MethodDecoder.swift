internal import CRabbitMQ

extension Method {
    /// The method that librabbitmq decoded, copied into Swift values. Nil for one that this client does not know.
    init?(decoding method: amqp_method_t) {
        func payload<T>(_ type: T.Type) -> T? { method.decoded?.assumingMemoryBound(to: T.self).pointee }
        switch method.id {
        case MethodID.basicDeliver:
            guard let deliver = payload(amqp_basic_deliver_t.self) else { return nil }
            self = .basicDeliver(.init(deliver))
        case MethodID.basicAck:
            guard let ack = payload(amqp_basic_ack_t.self) else { return nil }
            self = .basicAck(tag: ack.delivery_tag, isMultiple: ack.multiple != 0)
        case MethodID.basicNack:
            guard let nack = payload(amqp_basic_nack_t.self) else { return nil }
            self = .basicNack(tag: nack.delivery_tag, isMultiple: nack.multiple != 0, requeue: nack.requeue != 0)
        case MethodID.basicReturn:
            guard let returned = payload(amqp_basic_return_t.self) else { return nil }
            self = .basicReturn(.init(returned))
        default:
            guard let decoded = Self.connection(method) ?? Self.channel(method) ?? Self.topology(method) ?? Self.basic(method) else {
                return nil
            }
            self = decoded
        }
    }

    private static func connection(_ method: amqp_method_t) -> Method? {
        func payload<T>(_ type: T.Type) -> T? { method.decoded?.assumingMemoryBound(to: T.self).pointee }
        switch method.id {
        case MethodID.connectionStart:
            return payload(amqp_connection_start_t.self).map {
                .connectionStart(
                    .init(
                        versionMajor: $0.version_major, versionMinor: $0.version_minor,
                        serverProperties: FieldTableDecoder.table($0.server_properties), mechanisms: text($0.mechanisms)))
            }
        case MethodID.connectionStartOk:
            return payload(amqp_connection_start_ok_t.self).map {
                .connectionStartOk(
                    .init(
                        clientProperties: FieldTableDecoder.table($0.client_properties), mechanism: text($0.mechanism),
                        response: FieldTableDecoder.bytes($0.response)))
            }
        case MethodID.connectionSecure:
            return payload(amqp_connection_secure_t.self).map {
                .connectionSecure(challenge: FieldTableDecoder.bytes($0.challenge))
            }
        case MethodID.connectionTune:
            return payload(amqp_connection_tune_t.self).map {
                .connectionTune(.init(channelMax: $0.channel_max, frameMax: $0.frame_max, heartbeat: $0.heartbeat))
            }
        case MethodID.connectionTuneOk:
            return payload(amqp_connection_tune_ok_t.self).map {
                .connectionTuneOk(.init(channelMax: $0.channel_max, frameMax: $0.frame_max, heartbeat: $0.heartbeat))
            }
        case MethodID.connectionOpen:
            return payload(amqp_connection_open_t.self).map { .connectionOpen(virtualHost: text($0.virtual_host)) }
        case MethodID.connectionOpenOk: return .connectionOpenOk
        case MethodID.connectionClose:
            return payload(amqp_connection_close_t.self).map {
                .connectionClose(
                    .init(
                        replyCode: $0.reply_code, replyText: text($0.reply_text), classID: $0.class_id, methodID: $0.method_id))
            }
        case MethodID.connectionCloseOk: return .connectionCloseOk
        case MethodID.connectionBlocked:
            return payload(amqp_connection_blocked_t.self).map { .connectionBlocked(reason: text($0.reason)) }
        case MethodID.connectionUnblocked: return .connectionUnblocked
        default: return nil
        }
    }

    private static func channel(_ method: amqp_method_t) -> Method? {
        func payload<T>(_ type: T.Type) -> T? { method.decoded?.assumingMemoryBound(to: T.self).pointee }
        switch method.id {
        case MethodID.channelOpen: return .channelOpen
        case MethodID.channelOpenOk: return .channelOpenOk
        case MethodID.channelFlow: return payload(amqp_channel_flow_t.self).map { .channelFlow(isActive: $0.active != 0) }
        case MethodID.channelFlowOk: return payload(amqp_channel_flow_ok_t.self).map { .channelFlowOk(isActive: $0.active != 0) }
        case MethodID.channelClose:
            return payload(amqp_channel_close_t.self).map {
                .channelClose(
                    .init(
                        replyCode: $0.reply_code, replyText: text($0.reply_text), classID: $0.class_id, methodID: $0.method_id))
            }
        case MethodID.channelCloseOk: return .channelCloseOk
        case MethodID.confirmSelect: return .confirmSelect
        case MethodID.confirmSelectOk: return .confirmSelectOk
        default: return nil
        }
    }

    private static func topology(_ method: amqp_method_t) -> Method? {
        func payload<T>(_ type: T.Type) -> T? { method.decoded?.assumingMemoryBound(to: T.self).pointee }
        switch method.id {
        case MethodID.exchangeDeclare:
            return payload(amqp_exchange_declare_t.self).map {
                let exchange = AMQPExchange(
                    name: text($0.exchange), kind: AMQPExchange.Kind(rawValue: text($0.type)) ?? .direct, isDurable: $0.durable != 0,
                    isAutoDelete: $0.auto_delete != 0, isInternal: $0.internal != 0, arguments: FieldTableDecoder.table($0.arguments))
                return .exchangeDeclare(exchange, kind: text($0.type), isPassive: $0.passive != 0)
            }
        case MethodID.exchangeDeclareOk: return .exchangeDeclareOk
        case MethodID.exchangeDelete:
            return payload(amqp_exchange_delete_t.self).map { .exchangeDelete(name: text($0.exchange), ifUnused: $0.if_unused != 0) }
        case MethodID.exchangeDeleteOk: return .exchangeDeleteOk
        case MethodID.exchangeBind:
            return payload(amqp_exchange_bind_t.self).map {
                .exchangeBind(
                    .init(
                        destination: text($0.destination), source: text($0.source), routingKey: text($0.routing_key),
                        arguments: FieldTableDecoder.table($0.arguments)))
            }
        case MethodID.exchangeBindOk: return .exchangeBindOk
        case MethodID.exchangeUnbind:
            return payload(amqp_exchange_unbind_t.self).map {
                .exchangeUnbind(
                    .init(
                        destination: text($0.destination), source: text($0.source), routingKey: text($0.routing_key),
                        arguments: FieldTableDecoder.table($0.arguments)))
            }
        case MethodID.exchangeUnbindOk: return .exchangeUnbindOk
        case MethodID.queueDeclare:
            return payload(amqp_queue_declare_t.self).map {
                let queue = AMQPQueue(
                    name: text($0.queue), isDurable: $0.durable != 0, isExclusive: $0.exclusive != 0, isAutoDelete: $0.auto_delete != 0,
                    arguments: FieldTableDecoder.table($0.arguments))
                return .queueDeclare(queue, isPassive: $0.passive != 0)
            }
        case MethodID.queueDeclareOk:
            return payload(amqp_queue_declare_ok_t.self).map {
                .queueDeclareOk(
                    .init(name: text($0.queue), messageCount: Int($0.message_count), consumerCount: Int($0.consumer_count)))
            }
        case MethodID.queueBind:
            return payload(amqp_queue_bind_t.self).map {
                .queueBind(
                    .init(
                        queue: text($0.queue), exchange: text($0.exchange), routingKey: text($0.routing_key),
                        arguments: FieldTableDecoder.table($0.arguments)))
            }
        case MethodID.queueBindOk: return .queueBindOk
        case MethodID.queueUnbind:
            return payload(amqp_queue_unbind_t.self).map {
                .queueUnbind(
                    .init(
                        queue: text($0.queue), exchange: text($0.exchange), routingKey: text($0.routing_key),
                        arguments: FieldTableDecoder.table($0.arguments)))
            }
        case MethodID.queueUnbindOk: return .queueUnbindOk
        case MethodID.queuePurge: return payload(amqp_queue_purge_t.self).map { .queuePurge(name: text($0.queue)) }
        case MethodID.queuePurgeOk:
            return payload(amqp_queue_purge_ok_t.self).map { .queuePurgeOk(messageCount: Int($0.message_count)) }
        case MethodID.queueDelete:
            return payload(amqp_queue_delete_t.self).map {
                .queueDelete(name: text($0.queue), ifUnused: $0.if_unused != 0, ifEmpty: $0.if_empty != 0)
            }
        case MethodID.queueDeleteOk:
            return payload(amqp_queue_delete_ok_t.self).map { .queueDeleteOk(messageCount: Int($0.message_count)) }
        default: return nil
        }
    }

    private static func basic(_ method: amqp_method_t) -> Method? {
        func payload<T>(_ type: T.Type) -> T? { method.decoded?.assumingMemoryBound(to: T.self).pointee }
        switch method.id {
        case MethodID.basicQos: return payload(amqp_basic_qos_t.self).map { .basicQos(prefetchCount: $0.prefetch_count) }
        case MethodID.basicQosOk: return .basicQosOk
        case MethodID.basicConsume:
            return payload(amqp_basic_consume_t.self).map {
                .basicConsume(
                    .init(
                        queue: text($0.queue), consumerTag: text($0.consumer_tag), isExclusive: $0.exclusive != 0,
                        arguments: FieldTableDecoder.table($0.arguments)))
            }
        case MethodID.basicConsumeOk:
            return payload(amqp_basic_consume_ok_t.self).map { .basicConsumeOk(consumerTag: text($0.consumer_tag)) }
        case MethodID.basicCancel:
            return payload(amqp_basic_cancel_t.self).map {
                .basicCancel(consumerTag: text($0.consumer_tag), noWait: $0.nowait != 0)
            }
        case MethodID.basicCancelOk:
            return payload(amqp_basic_cancel_ok_t.self).map { .basicCancelOk(consumerTag: text($0.consumer_tag)) }
        case MethodID.basicPublish:
            return payload(amqp_basic_publish_t.self).map {
                .basicPublish(exchange: text($0.exchange), routingKey: text($0.routing_key), isMandatory: $0.mandatory != 0)
            }
        case MethodID.basicGet: return payload(amqp_basic_get_t.self).map { .basicGet(queue: text($0.queue)) }
        case MethodID.basicGetOk:
            return payload(amqp_basic_get_ok_t.self).map {
                .basicGetOk(
                    .init(
                        deliveryTag: $0.delivery_tag, isRedelivered: $0.redelivered != 0, exchange: text($0.exchange),
                        routingKey: text($0.routing_key)))
            }
        case MethodID.basicGetEmpty: return .basicGetEmpty
        case MethodID.basicReject:
            return payload(amqp_basic_reject_t.self).map { .basicReject(tag: $0.delivery_tag, requeue: $0.requeue != 0) }
        default: return nil
        }
    }

    private static func text(_ bytes: amqp_bytes_t) -> String { FieldTableDecoder.string(bytes) }
}

extension Method.Deliver {
    fileprivate init(_ source: amqp_basic_deliver_t) {
        self.init(
            consumerTag: FieldTableDecoder.string(source.consumer_tag), deliveryTag: source.delivery_tag,
            isRedelivered: source.redelivered != 0, exchange: FieldTableDecoder.string(source.exchange),
            routingKey: FieldTableDecoder.string(source.routing_key))
    }
}

extension Method.Return {
    fileprivate init(_ source: amqp_basic_return_t) {
        self.init(
            replyCode: source.reply_code, replyText: FieldTableDecoder.string(source.reply_text),
            exchange: FieldTableDecoder.string(source.exchange), routingKey: FieldTableDecoder.string(source.routing_key))
    }
}
