internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Delivers from one of the queues that callbacks of tasks share by host, until ended.
final class CallbackRunner: Sendable {
    private struct State {
        var hosts: HostBook
        var isEnded = false
        /// Deliveries were taken and not settled: they come again when their consumer has ended.
        var hasLeftovers = false
    }

    private let queue: DeliveryQueue
    private let desk: DeliveryDesk
    private let consumer: DeliveryConsumer
    private let configuration: RelayConfiguration
    private let signal = ChangeSignal()
    private let state: Mutex<State>

    init(_ queue: DeliveryQueue, desk: DeliveryDesk, session: BrokerSession, configuration: RelayConfiguration) {
        self.queue = queue
        self.desk = desk
        self.configuration = configuration
        consumer = DeliveryConsumer(session, queue: queue)
        state = Mutex(State(hosts: HostBook(limit: configuration.callbacksPerHost, breaker: configuration.breaker)))
    }

    /// Takes no more deliveries; ``run()`` returns when the running ones have ended.
    func end() {
        state.withLock { $0.isEnded = true }
        signal.changed()
    }

    func run() async {
        while !Task.isCancelled, !state.withLock(\.isEnded) {
            state.withLock { $0.hasLeftovers = false }
            do {
                try await consumer.run(prefetch: configuration.callbackPrefetch) {
                    await self.waitUntilOver()
                } handler: { delivery in
                    await self.deliver(delivery)
                }
            } catch {
                if Task.isCancelled { return }
                desk.logger.warning(
                    "Lost a queue of callbacks; trying again. If it was deleted, run: moltbot topology apply",
                    metadata: ["moltbot.queue": "\(queue.name)", "amqp.error": "\(error)"])
                await signal.wait(beyond: signal.version, until: .now + Self.pause)
            }
        }
    }

    private static let pause = Duration.seconds(5)

    private func waitUntilOver() async {
        while !Task.isCancelled {
            let version = signal.version
            if state.withLock({ $0.isEnded || $0.hasLeftovers }) { return }
            await signal.wait(beyond: version)
        }
    }

    private func deliver(_ delivery: WebhookDelivery) async -> DeliveryConsumer.Verdict {
        do throws(AMQPError) {
            if try await settle(delivery) { return .done }
        } catch {
            desk.logger.error(
                "A callback could not be settled and stays in its queue",
                metadata: ["moltbot.event.id": "\(delivery.id)", "amqp.error": "\(error)"])
            // Not at once: whatever is wrong would be met again at full speed.
            try? await Task.sleep(for: Self.pause)
        }
        state.withLock { $0.hasLeftovers = true }
        signal.changed()
        return .keep
    }

    /// False when the delivery stays in the queue, because the relay stops.
    private func settle(_ delivery: WebhookDelivery) async throws(AMQPError) -> Bool {
        guard case .callback(let callback) = delivery.target else { return true }
        var delivery = delivery
        let receiver = Receiver(callback, configuration: configuration)
        switch admission(of: delivery, callback.host) {
        case .busy(let wait):
            try await putOff(delivery, for: wait)
            return true
        case .later(let wait):
            let now = Timestamp.now()
            // Not since the event: whatever has waited for a relay, or was taken off the dead letters, has all of its time before it.
            let since = delivery.firstAttemptAt ?? now
            delivery.firstAttemptAt = since
            if now - since > receiver.schedule.windowLimits.upperBound {
                try await desk.giveUp(delivery, to: receiver)
            } else {
                try await putOff(delivery, for: wait)
            }
            return true
        case .send(let isProbe):
            guard let report = await desk.attempt(&delivery, to: receiver) else {
                state.withLock { $0.hosts.deliveryAbandoned(for: callback.host, isProbe: isProbe) }
                return false
            }
            guard !report.isRefused else {
                // Whoever named this URL is to blame, and not the host, which others call as well.
                state.withLock { $0.hosts.deliveryAbandoned(for: callback.host, isProbe: isProbe) }
                try await desk.giveUp(delivery, to: receiver, report)
                return true
            }
            note(report.verdict, callback.host, isProbe)
            try await conclude(delivery, receiver, report)
            return true
        }
    }

    private func putOff(_ delivery: WebhookDelivery, for wait: Duration) async throws(AMQPError) {
        var delivery = delivery
        delivery.deferrals += 1
        try await desk.publisher.delay(delivery, for: wait)
        desk.metrics.deferred()
    }

    private func admission(of delivery: WebhookDelivery, _ host: String) -> HostBook.Admission {
        state.withLock { state in
            var generator = SystemRandomNumberGenerator()
            return state.hosts.deliveryReceived(for: host, deferrals: delivery.deferrals, at: .now, using: &generator)
        }
    }

    private func note(_ verdict: DeliveryVerdict, _ host: String, _ isProbe: Bool) {
        state.withLock { state in
            var generator = SystemRandomNumberGenerator()
            if case .retry(let minimum, let pauses) = verdict {
                state.hosts.deliveryFailed(
                    for: host, isProbe: isProbe, retryAfter: pauses ? minimum : nil, at: .now, using: &generator)
            } else {
                // An answer, if not always the one that was hoped for: the host works.
                state.hosts.deliverySucceeded(for: host, isProbe: isProbe, at: .now)
            }
        }
    }

    private func conclude(_ delivery: WebhookDelivery, _ receiver: Receiver, _ report: AttemptReport) async throws(AMQPError) {
        switch report.verdict {
        case .delivered, .disable(_, isDelivered: true):
            desk.delivered(delivery, to: receiver, report)
        case .retry(let minimum, _):
            _ = try await desk.retry(delivery, to: receiver, report, atLeast: minimum)
        case .abort, .disable:
            // There is no endpoint to disable: this one delivery ends.
            try await desk.ended(delivery, to: receiver, report)
        }
    }
}
