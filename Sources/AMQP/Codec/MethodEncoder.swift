internal import CRabbitMQ

extension EncodingArena {
    /// Calls `body` with the method's number and its C structure, which lives until `body` returns.
    func withMethod<Result>(_ method: Method, _ body: (UInt32, UnsafeMutableRawPointer) -> Result) -> Result {
        func pass<T>(_ id: UInt32, _ value: T) -> Result {
            var value = value
            return withUnsafeMutablePointer(to: &value) { body(id, UnsafeMutableRawPointer($0)) }
        }
        func flag(_ value: Bool) -> amqp_boolean_t { value ? 1 : 0 }
        /// Methods without arguments have a one-byte dummy structure.
        func empty(_ id: UInt32) -> Result { pass(id, UInt8(0)) }

        switch method {
        case .connectionStart(let start):
            return pass(
                MethodID.connectionStart,
                amqp_connection_start_t(
                    version_major: start.versionMajor, version_minor: start.versionMinor,
                    server_properties: table(start.serverProperties), mechanisms: bytes(start.mechanisms), locales: bytes("en_US")))
        case .connectionStartOk(let start):
            return pass(
                MethodID.connectionStartOk,
                amqp_connection_start_ok_t(
                    client_properties: table(start.clientProperties), mechanism: bytes(start.mechanism),
                    response: bytes(start.response), locale: bytes("en_US")))
        case .connectionSecure(let challenge):
            return pass(MethodID.connectionSecure, amqp_connection_secure_t(challenge: bytes(challenge)))
        case .connectionTune(let tuning):
            return pass(
                MethodID.connectionTune,
                amqp_connection_tune_t(channel_max: tuning.channelMax, frame_max: tuning.frameMax, heartbeat: tuning.heartbeat))
        case .connectionTuneOk(let tuning):
            return pass(
                MethodID.connectionTuneOk,
                amqp_connection_tune_ok_t(channel_max: tuning.channelMax, frame_max: tuning.frameMax, heartbeat: tuning.heartbeat))
        case .connectionOpen(let virtualHost):
            return pass(
                MethodID.connectionOpen,
                amqp_connection_open_t(virtual_host: bytes(virtualHost), capabilities: bytes(""), insist: 0))
        case .connectionOpenOk: return pass(MethodID.connectionOpenOk, amqp_connection_open_ok_t(known_hosts: bytes("")))
        case .connectionClose(let close):
            return pass(
                MethodID.connectionClose,
                amqp_connection_close_t(
                    reply_code: close.replyCode, reply_text: bytes(close.replyText), class_id: close.classID, method_id: close.methodID))
        case .connectionCloseOk: return empty(MethodID.connectionCloseOk)
        case .connectionBlocked(let reason):
            return pass(MethodID.connectionBlocked, amqp_connection_blocked_t(reason: bytes(reason)))
        case .connectionUnblocked: return empty(MethodID.connectionUnblocked)

        case .channelOpen: return pass(MethodID.channelOpen, amqp_channel_open_t(out_of_band: bytes("")))
        case .channelOpenOk: return pass(MethodID.channelOpenOk, amqp_channel_open_ok_t(channel_id: bytes("")))
        case .channelFlow(let isActive): return pass(MethodID.channelFlow, amqp_channel_flow_t(active: flag(isActive)))
        case .channelFlowOk(let isActive): return pass(MethodID.channelFlowOk, amqp_channel_flow_ok_t(active: flag(isActive)))
        case .channelClose(let close):
            return pass(
                MethodID.channelClose,
                amqp_channel_close_t(
                    reply_code: close.replyCode, reply_text: bytes(close.replyText), class_id: close.classID, method_id: close.methodID))
        case .channelCloseOk: return empty(MethodID.channelCloseOk)
        case .confirmSelect: return pass(MethodID.confirmSelect, amqp_confirm_select_t(nowait: 0))
        case .confirmSelectOk: return empty(MethodID.confirmSelectOk)

        case .exchangeDeclare(let exchange, let kind, let isPassive):
            return pass(
                MethodID.exchangeDeclare,
                amqp_exchange_declare_t(
                    ticket: 0, exchange: bytes(exchange.name), type: bytes(kind), passive: flag(isPassive),
                    durable: flag(exchange.isDurable), auto_delete: flag(exchange.isAutoDelete), internal: flag(exchange.isInternal),
                    nowait: 0, arguments: table(exchange.arguments)))
        case .exchangeDeclareOk: return empty(MethodID.exchangeDeclareOk)
        case .exchangeDelete(let name, let ifUnused):
            return pass(
                MethodID.exchangeDelete,
                amqp_exchange_delete_t(ticket: 0, exchange: bytes(name), if_unused: flag(ifUnused), nowait: 0))
        case .exchangeDeleteOk: return empty(MethodID.exchangeDeleteOk)
        case .exchangeBind(let binding):
            return pass(
                MethodID.exchangeBind,
                amqp_exchange_bind_t(
                    ticket: 0, destination: bytes(binding.destination), source: bytes(binding.source),
                    routing_key: bytes(binding.routingKey), nowait: 0, arguments: table(binding.arguments)))
        case .exchangeBindOk: return empty(MethodID.exchangeBindOk)
        case .exchangeUnbind(let binding):
            return pass(
                MethodID.exchangeUnbind,
                amqp_exchange_unbind_t(
                    ticket: 0, destination: bytes(binding.destination), source: bytes(binding.source),
                    routing_key: bytes(binding.routingKey), nowait: 0, arguments: table(binding.arguments)))
        case .exchangeUnbindOk: return empty(MethodID.exchangeUnbindOk)

        case .queueDeclare(let queue, let isPassive):
            return pass(
                MethodID.queueDeclare,
                amqp_queue_declare_t(
                    ticket: 0, queue: bytes(queue.name), passive: flag(isPassive), durable: flag(queue.isDurable),
                    exclusive: flag(queue.isExclusive), auto_delete: flag(queue.isAutoDelete), nowait: 0,
                    arguments: table(queue.arguments)))
        case .queueDeclareOk(let status):
            return pass(
                MethodID.queueDeclareOk,
                amqp_queue_declare_ok_t(
                    queue: bytes(status.name), message_count: UInt32(clamping: status.messageCount),
                    consumer_count: UInt32(clamping: status.consumerCount)))
        case .queueBind(let binding):
            return pass(
                MethodID.queueBind,
                amqp_queue_bind_t(
                    ticket: 0, queue: bytes(binding.queue), exchange: bytes(binding.exchange), routing_key: bytes(binding.routingKey),
                    nowait: 0, arguments: table(binding.arguments)))
        case .queueBindOk: return empty(MethodID.queueBindOk)
        case .queueUnbind(let binding):
            return pass(
                MethodID.queueUnbind,
                amqp_queue_unbind_t(
                    ticket: 0, queue: bytes(binding.queue), exchange: bytes(binding.exchange), routing_key: bytes(binding.routingKey),
                    arguments: table(binding.arguments)))
        case .queueUnbindOk: return empty(MethodID.queueUnbindOk)
        case .queuePurge(let name): return pass(MethodID.queuePurge, amqp_queue_purge_t(ticket: 0, queue: bytes(name), nowait: 0))
        case .queuePurgeOk(let count):
            return pass(MethodID.queuePurgeOk, amqp_queue_purge_ok_t(message_count: UInt32(clamping: count)))
        case .queueDelete(let name, let ifUnused, let ifEmpty):
            return pass(
                MethodID.queueDelete,
                amqp_queue_delete_t(ticket: 0, queue: bytes(name), if_unused: flag(ifUnused), if_empty: flag(ifEmpty), nowait: 0))
        case .queueDeleteOk(let count):
            return pass(MethodID.queueDeleteOk, amqp_queue_delete_ok_t(message_count: UInt32(clamping: count)))

        case .basicQos(let count):
            return pass(MethodID.basicQos, amqp_basic_qos_t(prefetch_size: 0, prefetch_count: count, global: 0))
        case .basicQosOk: return empty(MethodID.basicQosOk)
        case .basicConsume(let consume):
            return pass(
                MethodID.basicConsume,
                amqp_basic_consume_t(
                    ticket: 0, queue: bytes(consume.queue), consumer_tag: bytes(consume.consumerTag), no_local: 0, no_ack: 0,
                    exclusive: flag(consume.isExclusive), nowait: 0, arguments: table(consume.arguments)))
        case .basicConsumeOk(let tag): return pass(MethodID.basicConsumeOk, amqp_basic_consume_ok_t(consumer_tag: bytes(tag)))
        case .basicCancel(let tag, let noWait):
            return pass(MethodID.basicCancel, amqp_basic_cancel_t(consumer_tag: bytes(tag), nowait: flag(noWait)))
        case .basicCancelOk(let tag): return pass(MethodID.basicCancelOk, amqp_basic_cancel_ok_t(consumer_tag: bytes(tag)))
        case .basicPublish(let exchange, let routingKey, let isMandatory):
            return pass(
                MethodID.basicPublish,
                amqp_basic_publish_t(
                    ticket: 0, exchange: bytes(exchange), routing_key: bytes(routingKey), mandatory: flag(isMandatory), immediate: 0))
        case .basicReturn(let returned):
            return pass(
                MethodID.basicReturn,
                amqp_basic_return_t(
                    reply_code: returned.replyCode, reply_text: bytes(returned.replyText), exchange: bytes(returned.exchange),
                    routing_key: bytes(returned.routingKey)))
        case .basicDeliver(let deliver):
            return pass(
                MethodID.basicDeliver,
                amqp_basic_deliver_t(
                    consumer_tag: bytes(deliver.consumerTag), delivery_tag: deliver.deliveryTag, redelivered: flag(deliver.isRedelivered),
                    exchange: bytes(deliver.exchange), routing_key: bytes(deliver.routingKey)))
        case .basicGet(let queue): return pass(MethodID.basicGet, amqp_basic_get_t(ticket: 0, queue: bytes(queue), no_ack: 0))
        case .basicGetOk(let deliver):
            return pass(
                MethodID.basicGetOk,
                amqp_basic_get_ok_t(
                    delivery_tag: deliver.deliveryTag, redelivered: flag(deliver.isRedelivered), exchange: bytes(deliver.exchange),
                    routing_key: bytes(deliver.routingKey), message_count: 0))
        case .basicGetEmpty: return pass(MethodID.basicGetEmpty, amqp_basic_get_empty_t(cluster_id: bytes("")))
        case .basicAck(let tag, let isMultiple):
            return pass(MethodID.basicAck, amqp_basic_ack_t(delivery_tag: tag, multiple: flag(isMultiple)))
        case .basicReject(let tag, let requeue):
            return pass(MethodID.basicReject, amqp_basic_reject_t(delivery_tag: tag, requeue: flag(requeue)))
        case .basicNack(let tag, let isMultiple, let requeue):
            return pass(
                MethodID.basicNack, amqp_basic_nack_t(delivery_tag: tag, multiple: flag(isMultiple), requeue: flag(requeue)))
        }
    }
}
