import AMQP
import MoltBotCore
import MoltBotMessaging
import NIOCore
import TestSupport
import Testing

@Suite("Registry: webhook endpoints", .timeLimit(.minutes(30)))
struct WebhookEntryTests {
    private static func endpoint() throws -> WebhookEndpoint {
        let acme = try #require(Workspace("acme"))
        var endpoint = WebhookEndpoint(
            id: WebhookEndpoint.makeID(), workspace: acme, url: "https://example.org/hook", eventTypes: [.everything],
            secrets: [
                .generate(), WebhookSecret(WebhookSecret.generate(.ed25519).text, expiresAt: Timestamp(secondsSinceEpoch: 2_000_000_000)),
            ],
            createdAt: Timestamp(secondsSinceEpoch: 1_000_000_000))
        endpoint.headers = ["Authorization": SecretString("Bearer geheim")]
        endpoint.schedule = [.milliseconds(1500), .seconds(60)]
        endpoint.maxInFlight = 3
        endpoint.rateLimit = .init(requests: 100, period: .seconds(60))
        endpoint.timeout = .seconds(7)
        endpoint.ordering = .fifo
        endpoint.disabledReason = "by hand"
        endpoint.description = "Billing"
        return endpoint
    }

    private static func seal() -> SecretSeal { SecretSeal(MasterKeys([MasterKey()])) }

    @Test func everythingComesBackAndNoSecretIsOnTheWire() async throws {
        try await RegistryHost.run { session in
            let (endpoint, seal) = (try Self.endpoint(), Self.seal())
            try await RegistryWriter(session).append([try endpoint.record(sealedBy: seal)])
            let state = try await Registry(session).snapshot(of: [.webhookEndpoint])
            let record = try #require(state.record(.webhookEndpoint, endpoint.id))
            #expect(try WebhookEndpoint(record, openedBy: seal) == endpoint)

            let bytes = try await session.consuming.withChannel { channel in
                let messages = try await channel.deliveries(
                    of: AMQPSubscription(queue: "moltbot.registry", prefetch: 1, arguments: { ["x-stream-offset": "first"] }))
                for try await message in messages {
                    channel.settle(message, .ack)
                    return String(buffer: message.body)
                }
                return ""
            }
            #expect(bytes.contains("https://example.org/hook"))
            #expect(bytes.contains("Authorization"))
            for secret in ["whsec_", "whsk_", "geheim"] + endpoint.secrets.map({ String($0.text.reveal().dropFirst(6)) }) {
                #expect(!bytes.contains(secret))
            }
        }
    }

    @Test func aListingShowsFingerprintsOnly() throws {
        let endpoint = try Self.endpoint()
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: endpoint)
        writer.endObject()
        let listing = try JSONValue.parse(writer.bytes)
        #expect(listing["headers"] == ["Authorization"])
        #expect(listing["secrets"]?[0]?["fingerprint"]?.stringValue == endpoint.secrets[0].fingerprint)
        #expect(listing["secrets"]?[1]?["public_key"]?.stringValue == endpoint.secrets[1].publicKey)
        #expect(listing["schedule"] == [1.5, 60])
        #expect(listing["rate_limit"] == ["requests": 100, "period": 60])
        let text = String(decoding: writer.bytes, as: UTF8.self)
        for secret in ["whsec_", "whsk_", "geheim"] { #expect(!text.contains(secret)) }
    }

    @Test func aDamagedEntryIsNamedWithItsField() throws {
        let seal = Self.seal()
        let endpoint = try Self.endpoint()
        let record = try endpoint.record(sealedBy: seal)
        let members = try #require(record.value?.objectValue)
        let damages: [(String, JSONValue)] = [
            ("url", 1), ("events", ["no pattern!"]), ("events", [1]), ("headers", []), ("secrets", []), ("schedule", ["5s"]),
            ("max_in_flight", 0), ("rate_limit", ["requests": 1]), ("timeout", -1), ("ordering", "lifo"), ("created_at", "today"),
        ]
        for (field, value) in damages {
            var damaged = record
            damaged.value = .object(members.merging([field: value]) { _, new in new })
            let error = #expect(throws: RegistryError.self) { try WebhookEndpoint(damaged, openedBy: seal) }
            #expect(error?.code == .invalidEntry)
            #expect(error?.message.contains("webhook endpoint \(endpoint.id): \(field)") == true, "\(field)")
        }
    }

    @Test func aNodeWithAnotherKeySealsNothing() async throws {
        try await RegistryHost.run { session in
            let folder = try await TestRun.makeDirectory("keys")
            let endpoint = try Self.endpoint()
            try await RegistryWriter(session).append([try endpoint.record(sealedBy: Self.seal())])
            let state = try await Registry(session).snapshot(of: [.webhookEndpoint])
            let without = MasterKeySource(setting: nil, file: MasterKeyFile(path: folder + "/master.key"))
            let other = MasterKeySource(setting: SecretString(String(repeating: "ab", count: 32)), file: MasterKeyFile(path: folder))
            for source in [without, other] {
                let error = #expect(throws: RegistryError.self) { try source.sealingKeys(for: state) }
                #expect(error?.code == .unknownKey)
            }
            #expect(try without.keys().current == nil)
        }
    }
}
