package import AMQP

extension AMQPClient {
    /// Takes a queue's messages one after the other, until cancelled: handlers of ``consume(_:recover:started:handler:)`` run side by side,
    /// so that of two messages the second may be seen first. Goes on after a lost connection; ends with its queue.
    package func read(_ queue: String, _ seen: (AMQPDelivery) -> Void) async {
        var isLost = true
        while isLost, !Task.isCancelled {
            isLost = false
            do {
                try await withChannel(timeout: .seconds(3600)) { channel in
                    for try await delivery in try await channel.deliveries(of: AMQPSubscription(queue: queue, prefetch: 200)) {
                        seen(delivery)
                        channel.settle(delivery, .ack)
                    }
                }
            } catch let error as AMQPError {
                isLost = error.isRetriable
            } catch {}
        }
    }
}
