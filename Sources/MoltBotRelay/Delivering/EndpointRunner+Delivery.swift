internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// One delivery, from the queue to the verdict on it.
extension EndpointRunner {
    /// Waits for the rate limit that a delivery may spend in this process; for longer ones the whole endpoint pauses.
    private static let longestPacing = Duration.seconds(5)
    private static let pauseAfterFault = Duration.seconds(5)

    /// What stays in the queue comes again when the next consumer starts, so one that has left something there is followed by the next.
    func deliver(_ delivery: WebhookDelivery) async -> DeliveryConsumer.Verdict {
        let task = orderedTask(of: delivery)
        let verdict = if let task { await sendInOrder(delivery, of: task) } else { await send(delivery) }
        if verdict == .keep {
            change { state in
                state.needsNewConsumer = true
                if let task { state.order.stayed(in: task) }
            }
        }
        return verdict
    }

    private func sendInOrder(_ delivery: WebhookDelivery, of task: String) async -> DeliveryConsumer.Verdict {
        while true {
            let version = signal.version
            if Task.isCancelled || state.withLock(\.isEnded) { return .keep }
            switch state.withLock({ $0.order.arrived(delivery.id, of: task, at: .now) }) {
            case .now: return await send(delivery)
            case .soon: await signal.wait(beyond: version)
            case .after(let moment): return await follow(delivery, of: task, behind: moment)
            case .stay: return .keep
            }
        }
    }

    /// Nil unless the order of the task's deliveries matters.
    private func orderedTask(of delivery: WebhookDelivery) -> String? {
        state.withLock { $0.endpoint.ordering == .fifo } ? delivery.taskID : nil
    }

    /// The head of the line waits in the ladder; this one goes there too, to come out after it.
    private func follow(
        _ delivery: WebhookDelivery, of task: String, behind head: EndpointState.Instant
    ) async -> DeliveryConsumer.Verdict {
        do {
            let wait = ContinuousClock.now.duration(to: head) + .seconds(1)
            try await marks.store(OrderMark(id: delivery.id, task: task, until: .now() + wait))
            try await desk.publisher.delay(delivery, for: wait)
            change { $0.order.wentAway(delivery.id, of: task, until: head) }
            desk.metrics.deferred()
            return .done
        } catch {
            return kept(delivery, .attempt, because: error)
        }
    }

    private func send(_ delivery: WebhookDelivery) async -> DeliveryConsumer.Verdict {
        let (start, receiver, isPaced) = state.withLock { ($0.machine.deliveryReceived(at: .now), $0.receiver, $0.bucket != nil) }
        guard start != .refused else { return .keep }
        if isPaced, await !pace(start) { return .keep }
        var delivery = delivery
        guard let report = await desk.attempt(&delivery, to: receiver) else {
            change { $0.machine.deliveryAbandoned(start) }
            return .keep
        }
        do throws(AMQPError) {
            return try await settle(delivery, receiver, start, report)
        } catch {
            return kept(delivery, start, because: error)
        }
    }

    /// Keeps the endpoint's rate. False when that takes so long that the delivery had better stay in the queue.
    private func pace(_ start: EndpointState.Start) async -> Bool {
        let wait = change { state -> Duration in
            let now = ContinuousClock.now
            let wait = state.bucket?.wait(at: now) ?? .zero
            if wait > Self.longestPacing {
                state.machine.deliveryAbandoned(start)
                state.machine.pause(until: now + wait)
            } else {
                _ = state.bucket?.reserve(at: now)
            }
            return wait
        }
        if wait > Self.longestPacing { return false }
        if wait > .zero { try? await Task.sleep(for: wait) }
        return true
    }

    private func settle(
        _ delivery: WebhookDelivery, _ receiver: Receiver, _ start: EndpointState.Start, _ report: AttemptReport
    ) async throws(AMQPError) -> DeliveryConsumer.Verdict {
        switch report.verdict {
        case .delivered:
            let action = change { $0.machine.deliverySucceeded(start, at: .now) }
            desk.delivered(delivery, to: receiver, report)
            await leaveLine(delivery)
            await run(action)
            return .done
        case .retry(let minimum, let pausesEndpoint):
            // Before anything that can fail: what the state asks for is asked for once.
            await run(failed(start, retryAfter: pausesEndpoint ? minimum : nil))
            if let wait = try await desk.retry(delivery, to: receiver, report, atLeast: minimum) {
                try await waitInLine(delivery, for: wait)
            } else {
                await leaveLine(delivery)
            }
            return .done
        case .abort:
            // An answer, if not the one that was hoped for: the receiver works.
            await run(change { $0.machine.deliverySucceeded(start, at: .now) })
            try await desk.ended(delivery, to: receiver, report)
            await leaveLine(delivery)
            return .done
        case .disable(let reason, let isDelivered):
            let action = change { $0.machine.receiverRefused(start, reason: reason.text) }
            if isDelivered {
                desk.delivered(delivery, to: receiver, report)
                await leaveLine(delivery)
            } else if delivery.isTrial {
                // Whoever asked has the answer; nobody waits for it after the endpoint is enabled.
                try await desk.ended(delivery, to: receiver, report)
                await leaveLine(delivery)
            } else {
                desk.failedAndKept(delivery, to: receiver, report)
            }
            await run(action)
            return isDelivered || delivery.isTrial ? .done : .keep
        }
    }

    private func failed(_ start: EndpointState.Start, retryAfter: Duration?) -> EndpointState.Action {
        change { state in
            var generator = SystemRandomNumberGenerator()
            return state.machine.deliveryFailed(start, retryAfter: retryAfter, at: .now, time: .now(), using: &generator)
        }
    }

    /// It is in the ladder, and its place in the line is kept on the broker as well: the next attempt may be another relay's.
    private func waitInLine(_ delivery: WebhookDelivery, for wait: Duration) async throws(AMQPError) {
        guard let task = orderedTask(of: delivery) else { return }
        try await marks.store(OrderMark(id: delivery.id, task: task, until: .now() + wait))
        change { $0.order.wentAway(delivery.id, of: task, until: .now + wait) }
    }

    private func leaveLine(_ delivery: WebhookDelivery) async {
        guard let task = orderedTask(of: delivery) else { return }
        if state.withLock({ $0.order.isMarked(delivery.id, of: task) }) {
            // Without it, a relay that takes over holds up the task for longer than it must.
            try? await marks.store(OrderMark(id: delivery.id, task: task, until: nil))
        }
        change { $0.order.left(delivery.id, of: task) }
    }

    /// The broker did not take what had to be stored. The delivery stays; everything waits a little and begins anew.
    private func kept(_ delivery: WebhookDelivery, _ start: EndpointState.Start, because error: any Error) -> DeliveryConsumer.Verdict {
        desk.logger.error(
            "A delivery could not be settled and stays in its queue",
            metadata: ["moltbot.event.id": "\(delivery.id)", "amqp.error": "\(error)"])
        change { state in
            state.machine.deliveryAbandoned(start)
            state.machine.pause(until: .now + Self.pauseAfterFault)
        }
        return .keep
    }

    /// Remembers beyond this process what the state asks for. What cannot be written is not so: an endpoint that is disabled here only
    /// would be enabled for everybody who looks, and nobody would enable it again.
    private func run(_ action: EndpointState.Action) async {
        let endpoint = state.withLock(\.endpoint)
        do {
            switch action {
            case .nothing: return
            case .recordFailing(let since): try await registrar.recordHealth(endpoint, since)
            case .recordRecovery: try await registrar.recordHealth(endpoint, nil)
            case .disable(let reason):
                desk.logger.notice(
                    "An endpoint is disabled", metadata: ["moltbot.endpoint": "\(endpoint.id)", "moltbot.reason": "\(reason)"])
                try await registrar.disable(endpoint, reason)
                try await desk.disabled(endpoint, reason: reason)
            }
        } catch {
            desk.logger.error(
                "The registry could not be written", metadata: ["moltbot.endpoint": "\(endpoint.id)", "error": "\(error)"])
            change { state in
                state.machine.notRecorded(action, of: state.endpoint)
                if case .disable = action { state.machine.pause(until: .now + Self.pauseAfterFault) }
            }
        }
    }
}

extension DeliveryVerdict.DisableReason {
    fileprivate var text: String {
        switch self {
        case .gone: "the receiver answered 410 Gone"
        case .requested: "the receiver answered webhook-delivery: disable"
        }
    }
}
