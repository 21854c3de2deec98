import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@Suite("OAuth2 credentials of a deployment", .timeLimit(.minutes(30))) struct TokenCredentialTests {
    /// The authorization server of a company, which may end its tokens early.
    private final class Issuer: Sendable {
        private let issued = Mutex(0)

        var count: Int { issued.withLock(\.self) }

        func answer(_ request: RecordedRequest) -> ModelResponse {
            let number = issued.withLock { issued in
                issued += 1
                return issued
            }
            return .json(#"{"access_token": "token-\#(number)", "token_type": "Bearer", "expires_in": 3600}"#)
        }

        func accepts(_ request: RecordedRequest) -> Bool { request.headers["authorization"].first == "Bearer token-\(count)" }
    }

    @Test(
        "Many tasks share one token; one that ended early is replaced within the same attempt, with failover or without, and no key is out",
        arguments: [true, false])
    func sharedAndReplaced(isFailoverEnabled: Bool) async throws {
        let issuer = Issuer()
        let isRevoked = Gate()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(issuer.answer) { tokens in
                try await withModelServer { request in
                    let isEarlyEnd = isRevoked.isOpen && issuer.count == 1
                    return issuer.accepts(request) && !isEarlyEnd ? ModelServer.echo(request) : .failure(401, "the token has ended")
                } run: { server in
                    var deployment = Deployment.at(server, "corporate")
                    let client = OAuth2Client(
                        tokenURL: "http://127.0.0.1:\(tokens.port)/token", clientID: "me", clientSecret: .plain(SecretString("secret")),
                        scopes: ["llm"])
                    deployment.credentials = [DeploymentCredential(name: "corp", kind: .oauth2(client))]
                    var models = ModelConfiguration(deployments: [deployment])
                    models.isFailoverEnabled = isFailoverEnabled
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        for number in 0..<20 { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                        for number in 0..<20 {
                            let outcome = try await pipeline.outcome(of: "task-\(number)")
                            #expect(outcome.status == .completed)
                            #expect(outcome.attempts.count == 1)
                        }
                        #expect(issuer.count == 1)
                        isRevoked.open()
                        for number in 20..<23 {
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "max_retries": 0}"#, id: "task-\(number)")
                            #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed)
                        }
                        #expect(issuer.count == 2)
                        #expect(tokens.requests.elements.allSatisfy { $0.text.contains("client_credentials") && $0.text.contains("llm") })
                    }
                }
            }
        }
    }
}
