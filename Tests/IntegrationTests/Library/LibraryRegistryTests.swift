import AMQP
import Logging
import MoltBot
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LibraryRegistryTests {
    private static let masterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    private static var options: MoltBot.Options {
        var options = MoltBot.Options.quiet
        options.masterKey = MoltBot.Secret(masterKey)
        options.allowsHTTPWebhooks = true
        options.allowedWebhookNetworks = ["127.0.0.0/8"]
        return options
    }

    private func code(_ body: () async throws -> Void) async -> MoltBotError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? MoltBotError)?.code
        }
    }

    @Test func aModelIsRegisteredReadAndRemovedAndItsKeyIsSealed() async throws {
        try await withHost { host in
            try await withMoltBot(host.url, options: Self.options) { bot in
                var model = MoltBot.Model(
                    name: "gpt-4-primary", model: "gpt-4", provider: "openai", key: .secret("sk-very-secret"))
                model.weight = 3
                model.timeout = .seconds(20)
                model.requestsPerMinute = 60
                model.prices = ["input_cost_per_token": 0.000001, "output_cost_per_token": 0.000002]
                model.fallbacks = ["claude"]
                try await bot.registerModel(model)
                try await bot.registerModel(.init(name: "local", provider: "ollama", key: .environment("OLLAMA_KEY")))

                let read = try await bot.models
                #expect(read.map(\.name) == ["gpt-4-primary", "local"])
                guard case .sealed(let sealed)? = read.first?.key else { throw TestSupportFailure(description: "no sealed key") }
                #expect(!sealed.contains("secret"))
                model.key = .sealed(sealed)
                #expect(read.first == model)

                // Changed and written back as it was read, its key goes on being the same.
                model.isEnabled = false
                try await bot.registerModel(model)
                #expect(try await bot.models.first == model)

                let state = try await host.registry(of: [.deployment])
                let record = try #require(state.record(.deployment, "gpt-4-primary"))
                let deployment = try Deployment.decode(try #require(record.value))
                let seal = SecretSeal(try MasterKeys(SecretString(Self.masterKey)))
                #expect(deployment.credentials.map(\.kind) == [.apiKey(.sealed(sealed))])
                #expect(try seal.open(sealed, of: .deployment, id: "gpt-4-primary").reveal() == "sk-very-secret")

                try await bot.removeModel(named: "gpt-4-primary")
                #expect(try await bot.models.map(\.name) == ["local"])
                #expect(await code { try await bot.removeModel(named: "gpt-4-primary") } == .registry)
            }
        }
    }

    @Test func aModelOfAnotherWorkspaceIsNeitherSeenNorReplaced() async throws {
        try await withHost { host in
            try await withMoltBot(host.url, options: Self.options) { bot in
                try await bot.registerModel(.init(name: "ours", provider: "echo"))
                try await withMoltBot(host.url, workspace: "acme", options: Self.options) { other in
                    let seen = try await other.models
                    #expect(seen.isEmpty)
                    #expect(await code { try await other.registerModel(.init(name: "ours", provider: "echo")) } == .registry)
                    #expect(await code { try await other.removeModel(named: "ours") } == .registry)
                }
            }
        }
    }

    @Test func whatIsWrongIsNamedAndNothingIsWritten() async throws {
        try await withHost { host in
            try await withMoltBot(host.url, options: .quiet) { bot in
                #expect(await code { try await bot.registerModel(.init(name: "x", provider: "opnai")) } == .invalidRequest)
                // Without a master key no secret can be sealed; a model without one can be registered.
                #expect(await code { try await bot.registerModel(.init(name: "x", provider: "openai", key: .secret("k"))) } == .registry)
                #expect(await code { _ = try await bot.webhook("http://example.org/") } == .invalidRequest)
                #expect(await code { _ = try await bot.webhook("https://127.0.0.1/") } == .invalidRequest)
                #expect(await code { _ = try await bot.webhook("https://example.org/", events: ["task.compleeted"]) } == .invalidRequest)
                #expect(await code { _ = try await bot.webhook("https://example.org/") } == .registry)
                let state = try await host.registry(of: Set(RegistryRecord.Kind.allCases))
                #expect(RegistryRecord.Kind.allCases.allSatisfy { state.records(of: $0).isEmpty })
            }
        }
    }

    @Test func aWebhookIsRegisteredWithTheQueueThatAClusterWantsOfIt() async throws {
        try await TestBroker.withVirtualHost { host in
            let topology = try TopologyFile(path: BuildProducts.repository + "/topology/ha.yaml").topology
            let configuration = try AMQPConfiguration(urls: host.url)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let plan = { (topology: Topology) in
                try await TopologyPlan.make(topology: topology, configuration: configuration, management: nil, logger: logger)
            }
            _ = try await plan(topology).apply(configuration: configuration, management: nil, logger: logger)
            try await withMoltBot(host.url, options: Self.options) { bot in
                let hook = try await bot.webhook("http://127.0.0.1:9/hook")
                #expect(try await host.queueNames().contains("moltbot.deliveries.\(hook.id)"))
                // Neither anything to add nor a difference: a relay of the cluster can declare it once more.
                #expect(try await plan(try topology.objects(forEndpoint: hook.id, isOrdered: false)).isClean)
                try await bot.removeWebhook(hook.id)
                #expect(try await !host.queueNames().contains("moltbot.deliveries.\(hook.id)"))
            }
        }
    }

    @Test func aWebhookIsRegisteredWithItsQueueAndRemoved() async throws {
        try await withHost { host in
            try await withMoltBot(host.url, options: Self.options) { bot in
                let hook = try await bot.webhook(
                    "http://127.0.0.1:9/hook", events: ["task.*"], headers: ["authorization": "Bearer very-secret"])
                #expect(hook.secret.reveal().hasPrefix("whsec_"))
                #expect(!"\(hook)".contains(hook.secret.reveal()))
                #expect(try await host.queueNames().contains("moltbot.deliveries.\(hook.id)"))
                let record = try #require(try await host.registry(of: [.webhookEndpoint]).record(.webhookEndpoint, hook.id))
                let seal = SecretSeal(try MasterKeys(SecretString(Self.masterKey)))
                let endpoint = try WebhookEndpoint(record, openedBy: seal)
                #expect(endpoint.url == hook.url)
                #expect(endpoint.secrets.map { $0.text.reveal() } == [hook.secret.reveal()])
                #expect(endpoint.headers["authorization"]?.reveal() == "Bearer very-secret")
                #expect(!String(decoding: (record.value ?? .null).encode(), as: UTF8.self).contains("very-secret"))

                try await withMoltBot(host.url, workspace: "acme", options: Self.options) { other in
                    let refused = await code { try await other.removeWebhook(hook.id) }
                    #expect(refused == .registry)
                }
                try await bot.removeWebhook(hook.id)
                #expect(try await host.registry(of: [.webhookEndpoint]).records(of: .webhookEndpoint).isEmpty)
                #expect(try await !host.queueNames().contains("moltbot.deliveries.\(hook.id)"))
            }
        }
    }

    /// A virtual host with the topology and no worker.
    private func withHost<Result: Sendable>(_ body: @escaping @Sendable (VirtualHost) async throws -> Result) async throws -> Result {
        try await TestBroker.withVirtualHost { host in
            try await withClient(url: host.url) { _ in try await body(host) }
        }
    }
}

extension VirtualHost {
    fileprivate func registry(of kinds: Set<RegistryRecord.Kind>) async throws -> RegistryState {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "test", logger: logger)
        return try await session.withConnections { try await Registry(session).snapshot(of: kinds) }
    }
}
