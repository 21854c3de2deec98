import AMQP
import FoundationEssentials
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotRelay
import NIOHTTP1
import TestSupport
import Testing

/// A relay that lacks the key of an endpoint's secrets.
@Suite(.timeLimit(.minutes(30))) struct LockedEndpointTests {
    @Test func whatItCannotOpenItStillRoutesAndItTakesAKeyThatIsCopiedLater() async throws {
        try await TestBroker.withVirtualHost { host in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let (amqp, topology) = try await host.prepare(logger)
            let sender = WebhookSender(
                WebhookSenderConfiguration(
                    userAgent: "MoltBot/test", allowHTTP: true, allowedNetworks: [try #require(IPNetwork("127.0.0.0/8"))]), logger: logger)
            let folder = try await TestRun.makeDirectory("keys")
            let relay = StagedRelay { logger in
                let session = BrokerSession(configuration: amqp, role: "relay", logger: logger)
                let keys = MasterKeySource(setting: nil, file: MasterKeyFile(path: folder + "/copy.key"))
                let source = EndpointSource(session, keys: keys, logger: logger, retryTime: .milliseconds(50))
                let relay = Relay(
                    session: session, topology: topology, configuration: .forTests, registrar: source.registrar, send: sender.attempt,
                    logger: logger, restoreTopology: {}, follow: { await source.follow(into: $0) })
                return (session, relay)
            }
            try await withModelServer(ModelServer.accept) { server in
                let endpoint = try WebhookEndpoint("ep-locked", at: server).with {
                    $0.secrets = [.generate()]
                    $0.ordering = .fifo
                }
                let owner = BrokerSession(configuration: amqp, role: "owner", logger: logger)
                try await owner.withConnections {
                    let register = WebhookRegister(
                        owner, keys: MasterKeySource(setting: nil, file: MasterKeyFile(path: folder + "/master.key")),
                        rules: .init(allowsHTTP: true, allowedNetworks: [try #require(IPNetwork("127.0.0.0/8"))]), topology: topology)
                    try await register.add(endpoint)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await relay.run() }
                    defer { group.cancelAll() }
                    relay.start()
                    // It counts for the mode in which this relay takes events.
                    _ = try await relay.lines.first("events in their order") { $0.contains("takes the events, in their order") }
                    try await withSpectator(url: host.url) { program in
                        let stage = RelayStage(program: program, feed: EndpointFeed([]), relays: [relay])
                        let event = try await stage.publish(task: "first")
                        let waiting = try await Self.look(into: "moltbot.deliveries.ep-locked", program.program)
                        #expect(waiting == event.id)
                        #expect(server.requests.count == 0)
                        #expect(relay.lines.elements.count { $0.contains("its deliveries wait in its queue") } == 1)

                        try FileManager.default.linkItem(atPath: folder + "/master.key", toPath: folder + "/copy.key")
                        let request = try #require(try await server.requests.atLeast(1, "requests").first)
                        #expect(request.webhookID == event.id)
                        #expect(request.headers["webhook-signature"].count == 1)
                    }
                }
            }
            await sender.shutdown()
        }
    }

    /// The message id of the first message, once there is one. It stays.
    private static func look(into queue: String, _ client: AMQPClient) async throws -> String? {
        try await withDeadline(.seconds(60), "a message in \(queue)") {
            try await client.withChannel { channel in
                for try await delivery in try await channel.deliveries(of: AMQPSubscription(queue: queue, prefetch: 1)) {
                    return delivery.properties.messageID
                }
                return nil
            }
        }
    }
}
