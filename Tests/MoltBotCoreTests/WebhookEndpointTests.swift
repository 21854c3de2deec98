import MoltBotCore
import Testing

@Suite("Webhook endpoints: what can be registered")
struct WebhookEndpointTests {
    private static func endpoint(_ change: (inout WebhookEndpoint) -> Void = { _ in }) -> WebhookEndpoint {
        var endpoint = WebhookEndpoint(
            id: "ep-1", workspace: .default, url: "https://example.org/hook", eventTypes: [.everything],
            secrets: [.generate()], createdAt: Timestamp(secondsSinceEpoch: 0))
        change(&endpoint)
        return endpoint
    }

    private static func problem(_ change: (inout WebhookEndpoint) -> Void) -> String? {
        do {
            try endpoint(change).check(allowHTTP: false, allowedNetworks: [])
            return nil
        } catch {
            return error.description
        }
    }

    @Test func theDefaultsAreFine() throws {
        try Self.endpoint().check(allowHTTP: false, allowedNetworks: [])
        try Self.endpoint { $0.schedule = [] }.check(allowHTTP: false, allowedNetworks: [])
    }

    @Test func eachFieldIsNamedWithWhatItTakes() throws {
        #expect(Self.problem { $0.url = "http://example.org/" }?.hasPrefix("url: http sends events") == true)
        #expect(Self.problem { $0.url = "https://169.254.169.254/" }?.hasPrefix("url: ") == true)
        #expect(Self.problem { $0.eventTypes = [] } == "events: expected 1 to 32 event types, got 0")
        let misspelt = try #require(EventPattern("task.complete"))
        #expect(Self.problem { $0.eventTypes = [misspelt] }?.contains("did you mean \"task.completed\"?") == true)
        #expect(Self.problem { $0.headers = ["Host": SecretString("x")] }?.hasPrefix("headers.Host: ") == true)
        #expect(Self.problem { $0.secrets = [] }?.hasPrefix("secret: ") == true)
        #expect(Self.problem { $0.secrets = [WebhookSecret(SecretString("whsec_short"))] }?.hasPrefix("secret: ") == true)
        #expect(Self.problem { $0.schedule = [.milliseconds(10)] }?.hasPrefix("schedule: ") == true)
        #expect(Self.problem { $0.maxInFlight = 0 } == "max_in_flight: expected 1 to 1000, got 0")
        #expect(Self.problem { $0.rateLimit = .init(requests: 0, period: .seconds(1)) }?.hasPrefix("rate_limit: ") == true)
        #expect(Self.problem { $0.timeout = .seconds(61) }?.hasPrefix("timeout: expected 1 to 60 s") == true)
        #expect(Self.problem { $0.description = String(repeating: "x", count: 1001) }?.hasPrefix("description: ") == true)
    }

    @Test func aRotatedSecretSignsUntilTheOverlapEnds() {
        var endpoint = Self.endpoint()
        let (first, second, third) = (endpoint.secrets[0], WebhookSecret.generate(), WebhookSecret.generate())
        let start = Timestamp(secondsSinceEpoch: 1000)
        endpoint.rotateSecret(to: second, overlap: .seconds(100), at: start)
        #expect(endpoint.secrets == [second, WebhookSecret(first.text, expiresAt: start + .seconds(100))])

        // The end that was promised to the first one's receivers stays.
        endpoint.rotateSecret(to: third, overlap: .seconds(500), at: start + .seconds(50))
        #expect(endpoint.secrets.map(\.expiresAt) == [nil, start + .seconds(550), start + .seconds(100)])

        endpoint.rotateSecret(to: first, overlap: .zero, at: start + .seconds(60))
        #expect(endpoint.secrets == [first])
    }

    @Test func manyRotationsKeepNoMoreThanTheLimit() throws {
        var endpoint = Self.endpoint()
        for _ in 0..<20 { endpoint.rotateSecret(to: .generate(), overlap: .seconds(100), at: Timestamp(secondsSinceEpoch: 0)) }
        #expect(endpoint.secrets.count == WebhookEndpoint.maximumSecrets)
        try endpoint.check(allowHTTP: false, allowedNetworks: [])
    }
}
