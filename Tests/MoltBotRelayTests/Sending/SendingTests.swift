import MoltBotCore
import MoltBotRelay
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Sending webhooks", .timeLimit(.minutes(30)))
struct SendingTests {
    private let secret = WebhookSecret.generate()

    private func target(_ server: ModelServer, _ headers: [String: SecretString] = [:], timeout: Duration = .seconds(10)) -> WebhookTarget {
        WebhookTarget(url: "http://127.0.0.1:\(server.port)/hook?a=b%20c", headers: headers, secrets: [secret], timeout: timeout)
    }

    @Test("The request: exactly the bytes given, Standard Webhooks and CloudEvents headers, the owner's own")
    func request() async throws {
        try await withModelServer { _ in
            .json("")
        } run: { server in
            try await withSender { sender in
                let before = Timestamp.now().secondsSinceEpoch
                let outcome = await sender.send(
                    .example(source: "/moltbot/\"a b\"%/é"), to: target(server, ["Authorization": SecretString("Bearer hunter2")]))
                #expect(outcome.verdict == .delivered && outcome.error == nil && outcome.status == 200)
                let request = try #require(server.requests.elements.first)
                #expect((request.method, request.uri, request.text) == ("POST", "/hook?a=b%20c", OutgoingWebhook.body))
                let expected = [
                    "content-type": "application/json", "user-agent": "MoltBot/test", "authorization": "Bearer hunter2",
                    "webhook-id": "t-1-terminal", "ce-specversion": "1.0", "ce-id": "t-1-terminal", "ce-type": "task.completed",
                    "ce-source": "/moltbot/%22a%20b%22%25/%C3%A9", "ce-time": "2026-12-01T00:00:00.250Z",
                    "content-length": "\(OutgoingWebhook.body.utf8.count)",
                    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                ]
                for (name, value) in expected { #expect(request.headers[name] == [value], "\(name)") }
                let timestamp = try #require(request.headers.first(name: "webhook-timestamp").flatMap { Int64($0) })
                #expect((before...Timestamp.now().secondsSinceEpoch).contains(timestamp))
            }
        }
    }

    @Test("An owner's headers cannot replace what the relay says, and a callback without a secret is not signed")
    func reservedHeaders() async throws {
        try await withModelServer { _ in
            .json("")
        } run: { server in
            try await withSender { sender in
                let forged = [
                    "Webhook-ID", "webhook-signature", "CE-Type", "Content-Type", "User-Agent", "Host", "Content-Length", "Expect",
                ].map { ($0, SecretString("forged")) }
                let target = WebhookTarget(
                    url: "http://127.0.0.1:\(server.port)/hook", headers: Dictionary(uniqueKeysWithValues: forged), secrets: [])
                #expect(await sender.send(.example(), to: target).verdict == .delivered)
                let request = try #require(server.requests.elements.first)
                #expect(!request.headers.contains { $0.value.contains("forged") })
                #expect(request.headers["webhook-id"] == ["t-1-terminal"])
                #expect(!request.headers.contains(name: "webhook-signature"))
            }
        }
    }

    @Test("An answer's status, Retry-After and directive come back", arguments: [200, 202, 301, 400, 410, 429, 500, 503])
    func answers(status: Int) async throws {
        let headers = ["retry-after": "120", "location": "http://127.0.0.1:1/"]
        try await withModelServer { _ in
            .json("{}", status: status, headers: .init(Array(headers)))
        } run: { server in
            try await withSender { sender in
                let outcome = await sender.send(.example(), to: target(server))
                let response = try #require(outcome.response)
                #expect(response.status == status)
                #expect(response.retryAfter == .seconds(120))
                #expect((outcome.error == nil) == (status < 300))
                #expect(outcome.excerpt == "{}")
                // A redirect would have been a second request.
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("The header webhook-delivery is heard", arguments: [("disable", DeliveryDirective.disable), ("Abort-Message", .abortMessage)])
    func directive(text: String, directive: DeliveryDirective) async throws {
        try await withModelServer { _ in
            .json("", status: 400, headers: ["webhook-delivery": text])
        } run: { server in
            try await withSender { sender in
                #expect(await sender.send(.example(), to: target(server)).response?.directive == directive)
            }
        }
    }

    @Test("Redirects are not followed, with and without the method kept", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        try await withModelServer { _ in
            .json("")
        } run: { other in
            try await withModelServer { _ in
                .json("", status: status, headers: ["location": "http://127.0.0.1:\(other.port)/"])
            } run: { server in
                try await withSender { sender in
                    let outcome = await sender.send(.example(), to: target(server))
                    #expect(outcome.verdict == .retry(atLeast: nil, pausesEndpoint: false))
                    #expect(outcome.error?.contains("redirects are not followed") == true)
                    #expect(other.requests.count == 0)
                }
            }
        }
    }

    @Test("No secret, header value or path comes back in what is kept of an attempt")
    func secrets() async throws {
        try await withModelServer { request in
            let all = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            return .json("\(all)\n\(request.uri)", status: 500)
        } run: { server in
            try await withSender { sender in
                let headers = ["Authorization": SecretString("Bearer hunter2hunter2"), "X-Key": SecretString("swordfish99")]
                for port in [server.port, 1] {
                    let url = "http://127.0.0.1:\(port)/services/T0001/opensesame?key=letmein99"
                    let outcome = await sender.send(.example(), to: WebhookTarget(url: url, headers: headers, secrets: [secret]))
                    #expect(outcome.error != nil)
                    for secret in ["hunter2", "swordfish", "opensesame", "letmein", String(self.secret.text.reveal().dropFirst(6))] {
                        #expect(!"\(outcome)".contains(secret), "\(secret)")
                    }
                }
            }
        }
    }

    @Test("A kilobyte of the answer is kept, in whole characters")
    func excerpt() async throws {
        let emoji = String(repeating: "a", count: 1022) + "😀 and more"
        try await withModelServer { _ in
            .json(emoji)
        } run: { server in
            try await withSender { sender in
                #expect(await sender.send(.example(), to: target(server)).excerpt == String(repeating: "a", count: 1022))
            }
        }
    }

    @Test(
        "The URL's rules hold at each attempt", arguments: ["http://127.0.0.1:1/", "https://user:hunter2@127.0.0.1/", "https://10.0.0.1/"])
    func urlRules(url: String) async throws {
        try await withSender(allowHTTP: false) { sender in
            let outcome = await sender.send(.example(), to: WebhookTarget(url: url, secrets: [secret]))
            #expect(outcome.answer == .failure)
            #expect(outcome.error?.hasPrefix("url: ") == true && outcome.error?.contains("hunter2") == false)
        }
    }
}
