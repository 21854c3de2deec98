import CurlHTTP
import MoltBotConfig
import MoltBotWorker
import PrivateBroker
import ServiceLifecycle

/// The life of `moltbot up`: broker, topology, workers, a relay, and back.
struct UpService: Service {
    let context: CommandContext
    let workers: Int

    func run() async throws {
        // What is wrong with the files that the settings name is said before anything is started.
        _ = try ModelConfiguration(context.settings)
        if let named = try BrokerAddress(named: context.settings) {
            try await named.probe(logger: context.logger)
            return try await serve(named)
        }
        let privateBroker = context.privateBroker
        let wasRunning = await privateBroker.status() != .stopped
        let folder = context.settings.stateDirectory
        context.announce(
            wasRunning ? "The private broker in \(folder) runs already." : "Starting the private broker in \(folder) ...")
        guard let running = try await start(privateBroker) else { return }
        do {
            try await serve(try BrokerAddress(private: running))
        } catch {
            if !wasRunning { try await privateBroker.stop() }
            throw error
        }
        if !wasRunning { try await privateBroker.stop() }
    }

    /// Nil when the end came before the broker was up.
    private func start(_ broker: PrivateBroker) async throws -> RunningBroker? {
        do {
            return try await cancelWhenGracefulShutdown { try await broker.start() }
        } catch let error as PrivateBrokerError where error.code == .cancelled {
            return nil
        }
    }

    private func serve(_ broker: BrokerAddress) async throws {
        let client = HTTPClient(logger: context.logger)
        do {
            try await serve(broker, client)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    private func serve(_ broker: BrokerAddress, _ client: HTTPClient) async throws {
        let settings = context.settings
        try ConsumerTimeoutRule(settings: settings, broker: broker).check()
        let preparation = try TopologyPreparation(
            settings: settings, broker: broker, appliesTopology: true, client: client, logger: context.logger)
        try await preparation.run()
        let assembly = try WorkerAssembly(
            count: workers, settings: settings, broker: broker, preparation: preparation, client: client, logger: context.logger)
        let relay = RelayAssembly(settings: settings, broker: broker, preparation: preparation, logger: context.logger)
        let api = try await APIAssembly(
            settings: settings, broker: broker, topology: preparation.topology, client: client, logger: context.logger)
        let welcome = UpWelcome(settings: settings, broker: broker, workers: workers)
        let ready = ReadyNotice(
            logger: context.logger,
            when: {
                await assembly.waitUntilTaking()
                await relay.waitUntilTaking()
            }, stopping: { assembly.announceStop(in: context) }
        ) {
            let address = try await api.address()
            _ = await api.hasCaughtUp()
            try welcome.print(api: address, to: context.console)
        }
        let limit = max(settings.worker.shutdownLimit, settings.relay.shutdownLimit)
        try await ServiceRun.nested(
            relay.services + assembly.services + api.services + [ready], limit: limit, logger: context.logger)
    }
}
