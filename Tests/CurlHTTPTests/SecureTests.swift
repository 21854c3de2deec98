import CurlHTTP
import Foundation
import NIOCore
import Testing

@Suite("TLS and HTTP/2", .timeLimit(.minutes(30)))
struct SecureTests {
    @Test("TLS and HTTP/2 against a real server")
    func nginx() async throws {
        try await NginxServer.with { server in
            try await trusts(server)
            try await refuses(server)
            try await multiplexes(server)
            try await honoursVersion(server)
        }
    }

    private func trusts(_ server: NginxServer) async throws {
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: server.certificateFile)))
        let configurations = [
            HTTPClientConfiguration(caFile: server.certificateFile), HTTPClientConfiguration(caBytes: bytes),
            HTTPClientConfiguration(verifiesPeer: false),
        ]
        for configuration in configurations {
            try await withClient(configuration) { client in
                let response = try await client.execute(HTTPRequest(url: server.secureURL))
                #expect(response.status == 200)
                #expect(response.httpVersion == .http2)
                #expect(response.body.text.hasPrefix("HTTP/2.0"))
            }
        }
    }

    private func refuses(_ server: NginxServer) async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(url: server.secureURL), client)
            #expect(error?.code == .tls)
            #expect(error?.isRetriable == false)
        }
        try await withClient(HTTPClientConfiguration(caFile: server.certificateFile)) { client in
            let otherName = server.secureURL.replacing("127.0.0.1", with: "localhost")
            #expect(await failure(of: HTTPRequest(url: otherName), client)?.code == .tls)
        }
        try await withClient(HTTPClientConfiguration(caFile: "/nonexistent.pem")) { client in
            #expect(await failure(of: HTTPRequest(url: server.secureURL), client)?.code == .tls)
        }
    }

    /// A hundred transfers share a connection, however many there are. nginx numbers its connections and tells each request the number.
    private func multiplexes(_ server: NginxServer) async throws {
        try await withClient(HTTPClientConfiguration(caFile: server.certificateFile)) { client in
            for (count, connections) in [(100, 1), (500, 5)] {
                let answers = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<count {
                        group.addTask { try await client.execute(HTTPRequest(url: server.secureURL)).body.text }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(answers.count <= connections)
            }
        }
    }

    private func honoursVersion(_ server: NginxServer) async throws {
        try await withClient(HTTPClientConfiguration(httpVersion: .http1, caFile: server.certificateFile)) { client in
            let response = try await client.execute(HTTPRequest(url: server.secureURL))
            #expect(response.httpVersion == .http11)
        }
        try await withClient(HTTPClientConfiguration(httpVersion: .http2PriorKnowledge)) { client in
            let response = try await client.execute(HTTPRequest(url: server.plainURL))
            #expect(response.httpVersion == .http2)
        }
    }
}
