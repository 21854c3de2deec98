import NIOCore
import PrivateBroker
import TestSupport
import Testing

@testable import AMQP

@Suite("TLS to a real broker", .timeLimit(.minutes(30)))
struct TLSTests {
    private static let clientName = "tls-client"

    @Test("own authority, host name, client certificate and EXTERNAL; what is wrong with TLS is called TLS")
    func tls() async throws {
        let certificates = try await Certificates(clientName: Self.clientName)
        let port = try unusedPort()
        var options = PrivateBroker.Options()
        options.extraConfiguration = [
            "listeners.ssl.1 = 127.0.0.1:\(port)", "ssl_options.cacertfile = \(certificates.authority)",
            "ssl_options.certfile = \(certificates.server.certificate)", "ssl_options.keyfile = \(certificates.server.key)",
            "ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = false",
            "auth_mechanisms.1 = PLAIN", "auth_mechanisms.2 = EXTERNAL",
        ]
        try await TestBroker.withOwnBroker(options: options) { broker in
            try await Self.enableExternal(broker.broker)
            let plain = AMQPEndpoint(
                host: "localhost", port: port, credentials: try AMQPEndpoint(url: broker.running.amqpURL).credentials,
                tls: AMQPTLS(caFile: certificates.authority))
            try await Self.expectWorks(plain)
            var named = plain
            named.host = "127.0.0.1"
            named.tls?.serverName = "localhost"
            try await Self.expectWorks(named)
            var external = plain
            external.credentials = .external
            external.tls?.certificateFile = certificates.client.certificate
            external.tls?.keyFile = certificates.client.key
            try await Self.expectWorks(external)

            try await Self.expect(.tls, plain) { $0.tls?.caFile = certificates.otherAuthority }
            try await Self.expect(.tls, plain) { $0.tls?.caFile = nil }
            try await Self.expect(.tls, plain) { $0.tls?.serverName = "other.test" }
            try await Self.expect(.tls, plain) { $0.host = "127.0.0.1" }
            try await Self.expect(.tls, plain) { $0.port = broker.running.amqpPort }
            try await Self.expect(.tls, external) { $0.tls?.keyFile = certificates.server.key }
            try await Self.expect(.authenticationRefused, plain) { $0.credentials = .external }
            try await Self.expect(.protocolViolation, plain) { $0.tls = nil }
        }
    }

    private static func expectWorks(_ endpoint: AMQPEndpoint) async throws {
        try await AMQPConnection.withConnection(configuration: AMQPConfiguration(endpoints: [endpoint]), logger: .silent) { connection in
            try await connection.withChannel { channel in
                let queue = try await channel.queueDeclare(AMQPQueue(name: "", isExclusive: true))
                let body = ByteBuffer(repeating: 3, count: 300_000)
                try await channel.publish(AMQPMessage(exchange: "", routingKey: queue.name, body: body))
                #expect(try await channel.get(queue.name)?.body == body)
            }
        }
    }

    private static func expect(
        _ code: AMQPError.Code, _ endpoint: AMQPEndpoint, change: (inout AMQPEndpoint) -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var endpoint = endpoint
        endpoint.connectionTimeout = .seconds(60)
        change(&endpoint)
        let start = ContinuousClock.now
        let error = try await connectError(endpoint)
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        // At once, not by running into the deadline of the connection.
        #expect(start.duration(to: .now) < .seconds(30), sourceLocation: sourceLocation)
    }

    /// The plugin that offers EXTERNAL, without restarting the broker for it.
    private static func enableExternal(_ broker: PrivateBroker) async throws {
        let start = """
            [code:add_pathz(P) || P <- filelib:wildcard(filename:join([filename:dirname(code:lib_dir(rabbit)), \
            "rabbitmq_auth_mechanism_ssl-*", "ebin"]))],
            application:set_env(rabbit, ssl_cert_login_from, common_name),
            {ok, _} = application:ensure_all_started(rabbitmq_auth_mechanism_ssl),
            rabbit_registry:register(auth_mechanism, <<"EXTERNAL">>, rabbit_auth_mechanism_ssl).
            """
        _ = try await broker.control(["eval", start])
        _ = try await broker.control(["add_user", clientName, "unused"])
        _ = try await broker.control(["set_permissions", clientName, ".*", ".*", ".*"])
    }
}
