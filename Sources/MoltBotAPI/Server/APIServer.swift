internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import MoltBotCore
package import MoltBotLedger
package import MoltBotMessaging
internal import NIOCore
internal import ServiceLifecycle

/// The REST API as a service: listens until it is cancelled or shut down, and then finishes the requests that run.
package struct APIServer: Service {
    private static let heartbeat = Duration.seconds(15)
    /// Workers answer at once; this is for one that is busy or far away.
    private static let patience = Duration.seconds(2)
    /// As long as nobody answers; there may be no worker.
    private static let maximumQuestions = 5
    /// Listeners that read the past from the stream at once.
    private static let replays = 8

    private let session: BrokerSession
    private let configuration: APIConfiguration
    private let tokens: TokenVerifier?
    private let registry: RegistryView
    private let webhooks: WebhookRegister
    private let keys: MasterKeySource
    private let ledger: LedgerService
    private let control: ControlLine
    private let hub: LiveHub
    private let news: BatchNews
    private let health = Latest(ModelHealth())
    private let workers = Latest(WorkersHeard())
    private let keyring = Keyring()
    private let listening = Milestone<Int>()
    private let caughtUp = Milestone<Void>()

    /// - Parameters:
    ///   - ledger: where this node keeps its ledger; the server fills it.
    ///   - keys: seal the secrets of the registry.
    ///   - tokens: checks tokens of an identity provider; nil where only access keys count.
    package init(
        session: BrokerSession, ledger: LedgerStore, retention: LedgerRetention = .init(), configuration: APIConfiguration,
        webhooks: WebhookRegister, keys: MasterKeySource, tokens: TokenVerifier? = nil
    ) {
        let registry = RegistryView(session, kinds: [.apiKey, .deployment, .webhookEndpoint], patience: configuration.readPatience)
        self.registry = registry
        self.webhooks = webhooks.reading(registry)
        self.keys = keys
        self.session = session
        self.configuration = configuration
        self.tokens = tokens
        let hub = LiveHub()
        let news = BatchNews()
        self.hub = hub
        self.news = news
        self.ledger = LedgerService(session: session, store: ledger, retention: retention, patience: configuration.readPatience) { batch in
            hub.tell(batch)
            news.tell(batch.entries)
        }
        control = ControlLine(session)
    }

    /// The port that it listens on, once it does.
    /// - Throws: ``APIError`` with code `stopped` when it never will.
    package func port() async throws -> Int { try await listening.value() }

    /// Returns when this node has read what happened before its start, and hides no task any more.
    /// - Throws: ``APIError`` with code `stopped` when it never will.
    package func waitUntilCaughtUp() async throws { try await caughtUp.value() }

    package func run() async throws {
        do {
            try await listen()
            hasEnded(APIError(.stopped, "the API has stopped"))
        } catch {
            hasEnded(error)
            throw error
        }
    }

    private func hasEnded(_ reason: any Error) {
        listening.fail(reason)
        caughtUp.fail(reason)
    }

    /// Follows what it needs to know, and listens once it knows who may use it.
    private func listen() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let gate = AccessGate(configuration, keyring: keyring, tokens: tokens)
            group.addTask {
                await registry.run { records in
                    keyring.apply(records)
                    hub.dismiss(unless: gate.isValid)
                }
            }
            defer { group.cancelAll() }
            try await cancelWhenGracefulShutdown { try await keyring.waitUntilLoaded() }
            try checkAddress()
            group.addTask { try await ledger.run() }
            group.addTask { await hearOthers() }
            group.addTask { await askOthers() }
            group.addTask { await BatchRelease(session: session, ledger: ledger, news: news).run() }
            group.addTask { await beat(gate) }
            group.addTask { await catchUp() }
            let service = service
            let router = routes(service).router(guardedBy: gate, allowedOrigins: Set(configuration.allowedOrigins))
            try await withGracefulShutdownHandler {
                try await serve(router, SocketGate(gate: gate, service: service))
            } onGracefulShutdown: {
                // Requests that last as long as their clients like would hold up the end.
                hub.stop()
            }
        }
    }

    private var service: SocketService {
        let reader = TaskReader(store: ledger.store, service: ledger)
        return SocketService(
            feed: LiveFeed(
                hub: hub, replay: LiveReplay(session: session, turns: Turns(Self.replays)), ledger: ledger, farewell: configuration.farewell
            ),
            reader: reader,
            acceptance: TaskAcceptance(
                intake: TaskIntake(session, maximumUnconfirmed: configuration.maximumUnconfirmed), reader: reader),
            cancellation: TaskCancellation(control: control, store: ledger.store), logger: session.logger)
    }

    /// Every endpoint there is.
    var endpoints: [Endpoint] { routes(service).endpoints }

    private func routes(_ service: SocketService) -> RouteTable {
        let reader = service.reader
        let models = ModelStore(Registry(session, view: registry), keys, .default)
        return RouteTable([
            HealthEndpoints(session: session, caughtUp: caughtUp),
            SubmissionEndpoints(acceptance: service.acceptance, configuration: configuration),
            BatchEndpoints(intake: BatchIntake(session), reader: reader, configuration: configuration, slots: UploadSlots()),
            TaskEndpoints(reader: reader, cancellation: service.cancellation),
            EventStreamEndpoints(feed: service.feed, reader: reader),
            SocketEndpoints(),
            StatusEndpoints(session: session, ledger: ledger, hub: hub, health: health, workers: workers, models: models),
            WebhookEndpoints(register: webhooks, configuration: configuration),
            ModelEndpoints(models: models, ledger: ledger.store, configuration: configuration),
            DocumentEndpoints(),
        ])
    }

    /// Asks workers and gets their answers over the control line; on the way it hears what they tell each other.
    private func hearOthers() async {
        await control.run { message in
            switch message {
            case .models(let news): health.change { $0.heard(news, at: .now()) }
            case .presence(let presence):
                workers.change {
                    $0.forgetSilent(at: .now)
                    $0.heard(presence, at: .now)
                }
            case .cancel, .holding, .modelStatus: break
            }
            return nil
        }
    }

    /// What workers told each other before this node ran. Where nobody answers it asks again: they may have been too busy.
    private func askOthers() async {
        var questions = 0
        while !Task.isCancelled, questions < Self.maximumQuestions {
            do {
                let answers = try await control.ask(.modelStatus, within: Self.patience)
                for answer in answers { health.change { $0.learned(answer.models ?? [], at: .now()) } }
                if !answers.isEmpty { return }
                questions += 1
            } catch {
                // Cut short by a cancellation, which ends the loop as well.
                try? await Task.sleep(for: Self.patience)
            }
        }
    }

    private func beat(_ gate: AccessGate) async {
        // Ends with the cancellation of the sleep.
        while (try? await Task.sleep(for: Self.heartbeat)) != nil {
            // Tokens that have expired, and keys that were revoked while their listeners joined.
            hub.dismiss(unless: gate.isValid)
            hub.heartbeat()
        }
    }

    /// Until this node has read the stream up to its start, it is not ready and hands no events to listeners.
    private func catchUp() async {
        while !Task.isCancelled {
            do {
                try await ledger.waitUntilRead()
                hub.goLive()
                return caughtUp.reach(())
            } catch {
                // Cut short by a cancellation, which ends the loop as well.
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func checkAddress() throws(APIError) {
        guard !ListenAddress.isLoopback(configuration.host), tokens == nil, keyring.isEmpty else { return }
        throw APIError(
            .openToOthers,
            "the API would be open to everybody who can reach \(configuration.host): there is no access key. Create one with "
                + "`moltbot keys create`, or listen on 127.0.0.1 only (--api-host 127.0.0.1)")
    }

    private func serve(_ router: Router<APIContext>, _ sockets: SocketGate) async throws {
        var logger = session.logger
        // Its own messages are about single connections; what matters of a request is logged by us.
        if logger.logLevel < .warning { logger.logLevel = .warning }
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                UpgradableChannel(responder: responder, configuration: configuration, sockets: sockets)
            },
            configuration: .init(address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else { return }
                listening.reach(port)
            }, logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw APIError(
                .cannotListen,
                "cannot listen on \(configuration.host) port \(configuration.port): \(String(cString: strerror(error.errnoCode))); "
                    + "if that is no other node of yours, name another port with --api-port",
                cause: error)
        }
    }
}
