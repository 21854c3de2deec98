internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Delivers to one endpoint: consumes its queue as its ``EndpointState`` says, until ended.
final class EndpointRunner: Sendable {
    struct State {
        var endpoint: WebhookEndpoint { didSet { receiver = Receiver(endpoint) } }
        private(set) var receiver: Receiver
        var machine: EndpointState
        var bucket: TokenBucket?
        var order = TaskOrder()
        var declarations: Int
        var isEnded = false
        /// Deliveries were taken and not settled, which come again when their consumer has ended; or the queue is another one.
        var needsNewConsumer = false
        /// As it was told to the metrics.
        var phase: EndpointState.Phase?

        init(_ entry: EndpointDirectory.Entry, configuration: RelayConfiguration) {
            endpoint = entry.endpoint
            receiver = Receiver(entry.endpoint)
            machine = EndpointState(entry.endpoint, configuration: configuration)
            machine.healthRecorded(failingSince: entry.failingSince)
            bucket = TokenBucket(entry.endpoint.rateLimit)
            declarations = entry.declarations
        }

        /// All that those who wait for a ``signal`` may look at, but for the order of tasks.
        func outlook(at now: EndpointState.Instant) -> Outlook {
            Outlook(isEnded: isEnded, needsNewConsumer: needsNewConsumer, consumption: machine.consumption(at: now))
        }
    }

    struct Outlook: Equatable {
        var isEnded: Bool
        var needsNewConsumer: Bool
        var consumption: EndpointState.Consumption
    }

    let desk: DeliveryDesk
    let registrar: EndpointRegistrar
    let signal = ChangeSignal()
    let state: Mutex<State>
    private let queues: DeliveryQueues
    private let consumer: DeliveryConsumer
    let marks: OrderMarks
    private let configuration: RelayConfiguration
    private let id: String

    init(
        _ entry: EndpointDirectory.Entry, desk: DeliveryDesk, registrar: EndpointRegistrar, queues: DeliveryQueues, session: BrokerSession,
        configuration: RelayConfiguration
    ) {
        self.desk = desk
        self.registrar = registrar
        self.queues = queues
        self.configuration = configuration
        id = entry.endpoint.id
        consumer = DeliveryConsumer(session, queue: .endpoint(id))
        marks = OrderMarks(session, endpoint: id, lateness: TaskOrder.lateness)
        state = Mutex(State(entry, configuration: configuration))
    }

    /// The registry has something new about the endpoint.
    func update(_ entry: EndpointDirectory.Entry) {
        change { state in
            if state.endpoint.rateLimit != entry.endpoint.rateLimit { state.bucket = TokenBucket(entry.endpoint.rateLimit) }
            if state.declarations != entry.declarations { state.needsNewConsumer = true }
            state.declarations = entry.declarations
            state.endpoint = entry.endpoint
            state.machine.configured(entry.endpoint, maximumInFlight: configuration.maximumInFlightPerEndpoint)
            state.machine.healthRecorded(failingSince: entry.failingSince)
        }
    }

    /// Takes no more deliveries; ``run()`` returns when the running ones have ended.
    func end() {
        change { $0.isEnded = true }
    }

    /// Changes the state and wakes whoever waits for what has changed. Most deliveries change nothing that anybody waits for.
    func change<Result: Sendable>(_ body: (inout State) -> sending Result) -> Result {
        let (result, phases, isNews) = state.withLock { state in
            let now = ContinuousClock.now
            let before = state.outlook(at: now)
            let result = body(&state)
            let old = state.phase
            state.phase = state.isEnded ? nil : state.machine.phase(at: now)
            // With FIFO ordering a task's next delivery waits for the end of the one before.
            let isNews = state.endpoint.ordering == .fifo || state.outlook(at: now) != before
            return (result, (old, state.phase), isNews)
        }
        desk.metrics.endpointChanged(from: phases.0, to: phases.1)
        if isNews { signal.changed() }
        return result
    }

    // MARK: Consuming

    func run() async {
        change { _ in }
        var pause = Self.shortestPause
        while !Task.isCancelled {
            let version = signal.version
            let (isEnded, consumption) = state.withLock { ($0.isEnded, $0.machine.consumption(at: .now)) }
            if isEnded { return }
            let begun = ContinuousClock.now
            switch consumption {
            case .all(let limit): await consume(limit, consumption, &pause)
            case .probe: await consume(probeLimit, consumption, &pause)
            case .none(let until): await signal.wait(beyond: version, until: until)
            }
            if begun.duration(to: .now) > Self.longestPause { pause = Self.shortestPause }
            change { _ in }
        }
    }

    private static let shortestPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(15)

    /// With FIFO ordering a probe takes no fewer than all that may have come back to the queue: of those that come back a second time the
    /// broker puts the first ones behind the rest.
    private var probeLimit: Int {
        state.withLock { $0.endpoint.ordering == .fifo ? $0.machine.limit : 1 }
    }

    /// Consumes for as long as the state asks for just that.
    private func consume(_ limit: Int, _ consumption: EndpointState.Consumption, _ pause: inout Duration) async {
        let isOrdered = state.withLock { state in
            state.needsNewConsumer = false
            return state.endpoint.ordering == .fifo
        }
        do {
            try await consumer.run(prefetch: limit, keepsOrder: isOrdered) {
                await self.waitUntilOver(consumption)
            } begun: {
                try await self.readOrder()
            } handler: { delivery in
                await self.deliver(delivery)
            }
        } catch {
            if Task.isCancelled { return }
            await recover(from: error, pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// What another relay, or this one, has left of the order of tasks.
    private func readOrder() async throws {
        guard state.withLock({ $0.endpoint.ordering == .fifo }) else { return }
        let marks = try await marks.read()
        state.withLock { $0.order.consumerStarted(marks, at: .now, time: .now()) }
    }

    private func waitUntilOver(_ consumption: EndpointState.Consumption) async {
        while !Task.isCancelled {
            let version = signal.version
            let isOver = state.withLock { $0.isEnded || $0.needsNewConsumer || $0.machine.consumption(at: .now) != consumption }
            if isOver { return }
            await signal.wait(beyond: version)
        }
    }

    /// Waits, and declares the queue: it is not there yet, or was deleted. Connections come back by themselves.
    private func recover(from error: any Error, _ pause: Duration) async {
        let isMissing = (error as? AMQPError)?.replyCode == 404
        if !isMissing {
            desk.logger.warning(
                "Lost an endpoint's queue; trying again",
                metadata: ["moltbot.endpoint": "\(id)", "amqp.error": "\(error)"])
            await signal.wait(beyond: signal.version, until: .now + pause)
        }
        let isOrdered = state.withLock { $0.endpoint.ordering == .fifo }
        do {
            try await queues.declare(id, isOrdered: isOrdered)
        } catch let error as AMQPError where error.replyCode == 406 {
            desk.logger.error(
                "The endpoint's queue was declared with the other ordering; remove the endpoint and add it anew to change that",
                metadata: ["moltbot.endpoint": "\(id)", "amqp.error": "\(error)"])
        } catch {
            desk.logger.warning(
                "An endpoint's queue could not be declared; trying again",
                metadata: ["moltbot.endpoint": "\(id)", "error": "\(error)"])
            if isMissing { await signal.wait(beyond: signal.version, until: .now + pause) }
        }
    }
}

extension TokenBucket {
    /// Bursts of a tenth of a period: a receiver that allows 600 a minute does not mean 600 in one second.
    fileprivate init?(_ limit: WebhookEndpoint.RateLimit?) {
        guard let limit else { return nil }
        self.init(rate: limit.requests, per: limit.period, burst: max(1, limit.requests / 10), at: .now)
    }
}
