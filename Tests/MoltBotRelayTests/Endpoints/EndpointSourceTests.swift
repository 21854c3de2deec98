import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotRelay
import TestSupport
import Testing

/// What the registry says about endpoints, and what a relay writes into it.
@Suite(.timeLimit(.minutes(30))) struct EndpointSourceTests {
    @Test func endpointsAreKnownChangedAndRemovedAsTheRegistrySays() async throws {
        try await Self.run { source, register, _ in
            let endpoint = Self.endpoint()
            try await register.add(endpoint)
            try await Self.following(source) { directory in
                try await directory.expect("the endpoint") { $0.endpoint(endpoint.id) == endpoint }
                _ = try await register.change(endpoint.id) { $0.maxInFlight = 3 }
                try await directory.expect("its change") { $0.endpoint(endpoint.id)?.maxInFlight == 3 }
                try await register.remove(endpoint.id)
                try await directory.expect("its removal") { $0.endpoint(endpoint.id) == nil }
            }
        }
    }

    @Test func oneThatIsSealedWithAnotherKeyHoldsUpNobody() async throws {
        try await Self.run { source, register, session in
            let (foreign, own) = (Self.endpoint(), Self.endpoint())
            try await register.add(own)
            try await RegistryWriter(session).append([try foreign.record(sealedBy: SecretSeal(MasterKeys([MasterKey()])))])
            try await Self.following(source) { directory in
                try await directory.expect("the readable one") { $0.endpoint(own.id) == own }
                #expect(directory.endpoint(foreign.id) == nil)
                #expect(directory.route(to: foreign.id) == WebhookRoute(to: foreign))
            }
        }
    }

    @Test func whatARelayFindsOutIsInTheRegistry() async throws {
        try await Self.run { source, register, session in
            let endpoint = Self.endpoint()
            try await register.add(endpoint)
            try await Self.following(source) { directory in
                let since = Timestamp(secondsSinceEpoch: 1_700_000_000)
                try await source.registrar.recordHealth(endpoint, since)
                try await source.registrar.disable(endpoint, "gone")
                try await directory.expect("the end") { $0.endpoint(endpoint.id)?.disabledReason == "gone" }
                // Whoever was first is believed.
                try await source.registrar.disable(endpoint, "another relay's reason")
                #expect(try await register.endpoint(endpoint.id).disabledReason == "gone")
                let health = try await Registry(session).snapshot(of: [.webhookHealth]).record(.webhookHealth, endpoint.id)
                #expect(health?.value == ["failing_since": .string(since.rfc3339)])

                try await register.remove(endpoint.id)
                try await source.registrar.disable(endpoint, "too late")
                await #expect(throws: RegistryError.self) { _ = try await register.endpoint(endpoint.id) }
            }
        }
    }

    private static func endpoint() -> WebhookEndpoint {
        WebhookEndpoint(
            id: WebhookEndpoint.makeID(), workspace: .default, url: "https://example.org/hook", eventTypes: [.everything],
            secrets: [.generate()], createdAt: Timestamp(secondsSinceEpoch: 1_000_000_000))
    }

    private static func run(
        _ body: @escaping @Sendable (EndpointSource, WebhookRegister, BrokerSession) async throws -> Void
    ) async throws {
        try await TestBroker.withVirtualHost { host in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let (configuration, topology) = try await host.prepare(logger)
            let session = BrokerSession(configuration: configuration, role: "relay", logger: logger)
            let keys = MasterKeySource(setting: nil, file: MasterKeyFile(path: try await TestRun.makeDirectory("keys") + "/master.key"))
            try await session.withConnections {
                try await body(
                    EndpointSource(session, keys: keys, logger: logger),
                    WebhookRegister(session, keys: keys, rules: .init(), topology: topology), session)
            }
        }
    }

    private static func following(
        _ source: EndpointSource, _ body: @escaping @Sendable (EndpointDirectory) async throws -> Void
    ) async throws {
        let directory = EndpointDirectory()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await source.follow(into: directory) }
            defer { group.cancelAll() }
            try await body(directory)
        }
    }
}

extension EndpointDirectory {
    fileprivate func expect(_ what: String, _ condition: @escaping @Sendable (EndpointDirectory) -> Bool) async throws {
        try await withDeadline(.seconds(30), what) {
            while !Task.isCancelled {
                let version = self.version
                if condition(self) { return }
                await self.wait(beyond: version)
            }
            throw CancellationError()
        }
    }
}
