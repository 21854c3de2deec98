internal import AMQP
package import Logging
internal import MoltBotCore
package import MoltBotMessaging
internal import ServiceLifecycle

/// Delivers events to webhook endpoints and to the callbacks of tasks, until it is shut down. Several relays share the work; while there
/// are endpoints with FIFO ordering, one of them at a time turns events into deliveries.
///
/// Graceful shutdown takes no more events and deliveries and returns when the running requests have ended; cancellation cuts them short.
/// What is not settled then stays in its queue.
package struct Relay: Service {
    private let session: BrokerSession
    private let configuration: RelayConfiguration
    private let directory: EndpointDirectory
    private let follow: @Sendable (EndpointDirectory) async -> Void
    private let metrics: RelayMetrics
    private let router: EventRouter
    private let crew: EndpointCrew
    private let callbacks: [CallbackRunner]
    private let restoreTopology: @Sendable () async throws -> Void
    /// Changes each time the broker has let this relay consume its inbox, or another relay has its turn.
    private let begun = ChangeSignal()

    /// - Parameters:
    ///   - follow: keeps the directory up to date until shut down or cancelled.
    ///   - restoreTopology: brings back a queue that was deleted, or says what is missing.
    package init(
        session: BrokerSession, topology: Topology, configuration: RelayConfiguration, registrar: EndpointRegistrar,
        send: @escaping SendAttempt, logger: Logger, restoreTopology: @escaping @Sendable () async throws -> Void,
        follow: @escaping @Sendable (EndpointDirectory) async -> Void
    ) {
        self.session = session
        self.configuration = configuration
        self.follow = follow
        self.restoreTopology = restoreTopology
        let directory = EndpointDirectory()
        let desk = DeliveryDesk(send: send, slots: configuration.maximumInFlight, session: session, logger: logger)
        let queues = DeliveryQueues(session, topology: topology)
        self.directory = directory
        metrics = desk.metrics
        router = EventRouter(directory: directory, queues: queues, publisher: desk.publisher, metrics: desk.metrics)
        crew = EndpointCrew(directory) { entry in
            EndpointRunner(
                entry, desk: desk, registrar: registrar, queues: queues, session: session, configuration: configuration)
        }
        callbacks = (0..<DeliveryQueue.adhocCount).map { number in
            CallbackRunner(.adhoc(number), desk: desk, session: session, configuration: configuration)
        }
    }

    /// Returns when this relay takes events, or stands by while another does, or when the caller is cancelled.
    package func waitUntilTaking() async { await begun.wait(beyond: 0) }

    package func run() async throws {
        // Deliveries run where the connections live: they wait for requests and confirms, and hardly compute.
        await withTaskExecutorPreference(session.executor) { await work() }
    }

    /// Returns when all running requests have ended, or when the grace period after a shutdown is over.
    private func work() async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await follow(directory)
                return false
            }
            group.addTask {
                await deliver()
                return true
            }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return false }
                try? await Task.sleep(for: configuration.gracePeriod)
                return true
            }
            for await isOver in group where isOver { break }
            group.cancelAll()
        }
    }

    private func deliver() async {
        // An event that came before all endpoints are known would miss some of them.
        await cancelWhenGracefulShutdown { await directory.waitUntilCaughtUp() }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await crew.run() }
                for runner in callbacks { group.addTask { await runner.run() } }
                group.addTask { await receive() }
            }
        } onGracefulShutdown: {
            crew.stop()
            for runner in callbacks { runner.end() }
        }
    }

    private func receive() async {
        // An event taken before this relay can publish would only wait here.
        try? await cancelWhenGracefulShutdown { try await session.publishing.waitUntilConnected(within: .seconds(300)) }
        let inbox = RelayInbox(session, restore: restoreTopology)
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            // Only as long as somebody wants events in their order, one relay does all the routing.
            let keepsOrder = directory.hasOrderedEndpoints
            await inbox.run(keepsOrder ? .alone : .shared) {
                await cancelWhenGracefulShutdown { await directory.wait(untilItHasOrderedEndpoints: !keepsOrder) }
            } changed: { standing in
                metrics.routes(standing.isTaking)
                switch standing {
                case .taking, .standingBy: begun.changed()
                case .forbidden, .absent: break
                }
            } handler: { event in
                try await router.route(event)
            }
        }
    }
}

extension RelayInbox.Standing {
    fileprivate var isTaking: Bool { if case .taking = self { true } else { false } }
}
