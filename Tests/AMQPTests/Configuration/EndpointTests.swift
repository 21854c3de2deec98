import Testing

@testable import AMQP

@Suite("Broker URLs")
struct EndpointTests {
    @Test(
        "reads what RabbitMQ's URI specification allows",
        arguments: [
            ("amqp://h", AMQPEndpoint(host: "h")),
            ("AMQP://h/", AMQPEndpoint(host: "h")),
            ("amqp://h/%2F", AMQPEndpoint(host: "h")),
            ("amqp://h:1234/v", AMQPEndpoint(host: "h", port: 1234, virtualHost: "v")),
            ("amqp://u:p@h/a%2Fb%20c", AMQPEndpoint(host: "h", virtualHost: "a/b c", credentials: .plain(user: "u", password: "p"))),
            ("amqp://u%40x:p%3A%2F%40%25@h", AMQPEndpoint(host: "h", credentials: .plain(user: "u@x", password: "p:/@%"))),
            ("amqp://[::1]:5673", AMQPEndpoint(host: "::1", port: 5673)),
            ("amqps://h", AMQPEndpoint(host: "h", tls: AMQPTLS())),
            (
                "amqp://h?heartbeat=5&channel_max=9&frame_max=8192&connection_timeout=1500",
                AMQPEndpoint(host: "h", heartbeat: 5, channelMax: 9, frameMax: 8192, connectionTimeout: .milliseconds(1500))
            ),
            (
                "amqps://h?cacertfile=%2Fca.pem&certfile=c.pem&keyfile=k.pem&verify=verify_none&server_name_indication=n&auth_mechanism=EXTERNAL",
                AMQPEndpoint(
                    host: "h", credentials: .external,
                    tls: AMQPTLS(caFile: "/ca.pem", certificateFile: "c.pem", keyFile: "k.pem", verifiesPeer: false, serverName: "n"))
            ),
        ])
    func reads(url: String, endpoint: AMQPEndpoint) throws {
        #expect(try AMQPEndpoint(url: url) == endpoint)
        try endpoint.validate()
    }

    @Test(
        "refuses what it cannot honour, and never shows the password",
        arguments: [
            "", "h", "http://h", "amqp://", "amqp:///v", "amqp://u:secret@h/a/b", "amqp://u:secret@h:0", "amqp://u:secret@h:65536",
            "amqp://u:secret@h:x", "amqp://u:secret@h?heartbeat=-1", "amqp://u:secret@h?heartbeat=x", "amqp://u:secret@h?frame_max=4095",
            "amqp://u:secret@h?frame_max=131073", "amqp://u:secret@h?channel_max=65536", "amqp://u:secret@h?connection_timeout=0",
            "amqp://u:secret@h?auth_mechanism=gssapi", "amqp://u:secret@h?cacertfile=x", "amqps://u:secret@h?verify=maybe",
            "amqp://u:secret@h?unknown=1", "amqp://u:secret@h/%ff",
        ])
    func refuses(url: String) {
        let error = #expect(throws: AMQPError.self) { try AMQPEndpoint(url: url) }
        #expect(error?.code == .invalidURL)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("several URLs are several endpoints; none is an error")
    func several() throws {
        let configuration = try AMQPConfiguration(urls: " amqp://a, amqp://b:1 ")
        #expect(configuration.endpoints.map(\.host) == ["a", "b"])
        #expect(throws: AMQPError.expected(.invalidConfiguration)) { try AMQPConfiguration(urls: ",") }
    }

    @Test("nothing that prints an endpoint shows the password")
    func secrets() throws {
        let endpoint = try AMQPEndpoint(url: "amqp://u:secret@h")
        var dumped = ""
        dump(endpoint, to: &dumped)
        #expect(!"\(endpoint) \(String(reflecting: endpoint)) \(dumped) \(endpoint.redacted)".contains("secret"))
        #expect(endpoint.redacted == "amqp://h:5672")
    }

    @Test("values set by hand are checked before they are used")
    func validation() {
        func isRefused(_ change: (inout AMQPEndpoint) -> Void) -> Bool {
            var endpoint = AMQPEndpoint(host: "h")
            change(&endpoint)
            return (try? endpoint.validate()) == nil
        }
        #expect(!isRefused { _ in })
        #expect(isRefused { $0.port = 70_000 })
        #expect(isRefused { $0.frameMax = 7 })
        #expect(isRefused { $0.host = "" })
        #expect(isRefused { $0.virtualHost = String(repeating: "v", count: 256) })
        #expect(isRefused { $0.connectionTimeout = .zero })
    }
}
