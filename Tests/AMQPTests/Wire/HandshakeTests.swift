import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import AMQP

@Suite("Handshake over a socket", .timeLimit(.minutes(30)))
struct HandshakeTests {
    @Test("opens and closes in order")
    func opens() async throws {
        try await withScriptedBroker { peer in
            try await peer.handshake()
            try await peer.acceptClose()
        } client: { endpoint in
            let configuration = try AMQPConfiguration(endpoints: [endpoint])
            try await AMQPConnection.withConnection(configuration: configuration, logger: .silent) { connection in
                #expect(connection.endpoint == endpoint.redacted)
                #expect(!connection.isClosed)
            }
        }
    }

    @Test("a wrong password, told by 403")
    func refused() async throws {
        let error = try await withScriptedBroker { peer in
            try await peer.send(.connectionStart(.init(mechanisms: "PLAIN")))
            _ = try await peer.next()
            try await peer.send(.connectionClose(.init(replyCode: 403, replyText: "ACCESS_REFUSED")))
            _ = try await peer.next()
        } client: {
            try await connectError($0)
        }
        #expect(error == .expected(.authenticationRefused, 403))
        #expect(error.message.contains("user and password"))
    }

    @Test("a hang-up after the credentials")
    func hangUp() async throws {
        let error = try await withScriptedBroker { peer in
            try await peer.send(.connectionStart(.init(mechanisms: "PLAIN")))
            _ = try await peer.next()
        } client: {
            try await connectError($0)
        }
        #expect(error == .expected(.authenticationRefused))
    }

    @Test("another protocol version, another protocol, no common mechanism")
    func otherProtocols() async throws {
        for (bytes, code) in [
            (ByteBuffer(bytes: Array("AMQP".utf8) + [3, 1, 0, 0]), AMQPError.Code.protocolViolation),
            (ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"), .protocolViolation),
            (try Frames.bytes(.connectionStart(.init(mechanisms: "GSSAPI"))), .authenticationRefused),
        ] {
            let error = try await withScriptedBroker { peer in
                try await peer.send(bytes)
                _ = try await peer.next()
                _ = try await peer.next()
            } client: {
                try await connectError($0)
            }
            #expect(error.code == code)
        }
    }

    @Test("a peer that says nothing is left at the deadline, one that hangs up at once")
    func silence() async throws {
        let silent = try await withScriptedBroker { peer in
            while try await peer.next() != nil {}
        } client: { endpoint in
            var endpoint = endpoint
            endpoint.connectionTimeout = .milliseconds(200)
            return try await connectError(endpoint)
        }
        #expect(silent == .expected(.connectFailed))
        let gone = try await withScriptedBroker { _ in
        } client: {
            try await connectError($0)
        }
        #expect(gone == .expected(.connectionLost))
    }

    @Test("a cancelled caller does not wait for a silent peer")
    func cancellation() async throws {
        let error: AMQPError? = try await withScriptedBroker { peer in
            _ = try await peer.next()
            while try await peer.next() != nil {}
        } client: { endpoint in
            var endpoint = endpoint
            endpoint.connectionTimeout = .seconds(60)
            let attempt = Task { try await connectError(endpoint) }
            attempt.cancel()
            return try await attempt.value
        }
        #expect(error == .expected(.cancelled))
    }

    @Test(
        "a failed or ended connection leaves no socket behind, and no object", arguments: ["refused", "malformed", "cancelled", "orderly"])
    func leavesNothing(end: String) async throws {
        let reachedEnd = Gate()
        try await withScriptedBroker { peer in
            switch end {
            case "refused":
                try await peer.send(.connectionStart(.init(mechanisms: "PLAIN")))
                _ = try await peer.next()
                try await peer.send(.connectionClose(.init(replyCode: 403, replyText: "ACCESS_REFUSED")))
            case "malformed": try await peer.send(ByteBuffer(string: "SSH-2.0-OpenSSH_9.2\r\n"))
            case "orderly": try await peer.handshake()
            default: break
            }
            while try await peer.next() != nil {}
            reachedEnd.open()
        } client: { endpoint in
            var endpoint = endpoint
            endpoint.connectionTimeout = .seconds(60)
            weak var connection: AMQPConnection?
            let configuration = try AMQPConfiguration(endpoints: [endpoint])
            if end == "orderly" {
                try await AMQPConnection.withConnection(configuration: configuration, logger: .silent) { connection = $0 }
            } else if end == "cancelled" {
                let attempt = Task { try await connectError(configuration.endpoints[0]) }
                attempt.cancel()
                _ = await attempt.result
                // It may have been cancelled before there was a socket.
                reachedEnd.open()
            } else {
                _ = try await connectError(endpoint)
            }
            try await reachedEnd.wait("the peer to see the end of the connection")
            #expect(connection == nil)
        }
    }

    @Test("the second URL is used when the first refuses")
    func secondEndpoint() async throws {
        let refused = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
        let closedPort = try #require(refused.localAddress?.port)
        try await refused.close()
        try await withScriptedBroker { peer in
            try await peer.handshake()
            try await peer.acceptClose()
        } client: { endpoint in
            let dead = AMQPEndpoint(host: "127.0.0.1", port: closedPort)
            let configuration = try AMQPConfiguration(endpoints: [dead, endpoint])
            try await AMQPConnection.withConnection(configuration: configuration, logger: .silent) { connection in
                #expect(connection.endpoint == endpoint.redacted)
            }
        }
    }

    @Test("no one listens, no such host, impossible settings")
    func unreachable() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        #expect(try await connectError(AMQPEndpoint(host: "127.0.0.1", port: port)) == .expected(.connectFailed))
        #expect(try await connectError(AMQPEndpoint(host: "no-such-host.invalid")) == .expected(.connectFailed))
        #expect(try await connectError(AMQPEndpoint(host: "h", port: 70_000)) == .expected(.invalidConfiguration))
        let noFile = AMQPEndpoint(host: "127.0.0.1", port: port, tls: AMQPTLS(caFile: "/no/such/file.pem"))
        #expect(try await connectError(noFile) == .expected(.tls))
    }
}
