import MoltBotCore
import MoltBotRelay
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Receivers that answer badly", .timeLimit(.minutes(30)))
struct AnswerTroubleTests {
    private let secrets = [WebhookSecret.generate()]

    private func target(_ port: Int, timeout: Duration = .seconds(10)) -> WebhookTarget {
        WebhookTarget(url: "http://127.0.0.1:\(port)/hook", secrets: secrets, timeout: timeout)
    }

    @Test("A long answer is judged by its status, whether its length is known or not", arguments: [1, 400])
    func long(pieces: Int) async throws {
        let text = String(repeating: "x", count: 400_000 / pieces)
        let chunks = Array(repeating: ModelResponse.Chunk(text), count: pieces)
        try await withModelServer { _ in
            ModelResponse(status: 202, chunks: chunks)
        } run: { server in
            try await withSender { sender in
                let outcome = await sender.send(.example(), to: target(server.port))
                #expect(outcome.verdict == .delivered)
                #expect(outcome.excerpt?.utf8.count == 1024)
            }
        }
    }

    @Test("So is one that never ends, or breaks off", arguments: [ModelResponse.Ending.silence, .closeConnection])
    func unfinished(ending: ModelResponse.Ending) async throws {
        let chunks = [ModelResponse.Chunk("some"), ModelResponse.Chunk("thing", after: .milliseconds(10))]
        try await withModelServer { _ in
            ModelResponse(status: 503, chunks: chunks, ending: ending)
        } run: { server in
            try await withSender { sender in
                // Only the silence is waited out; the answer has to arrive before, on a busy machine too.
                let timeout = ending == .silence ? Duration.seconds(8) : .seconds(60)
                let outcome = await sender.send(.example(), to: target(server.port, timeout: timeout))
                #expect(outcome.status == 503)
                #expect(outcome.excerpt == "something")
            }
        }
    }

    @Test("One that hangs costs its timeout and no more")
    func hang() async throws {
        let never = Gate()
        try await withModelServer { _ in
            ModelResponse.json("").held(by: never)
        } run: { server in
            try await withSender { sender in
                let outcome = await sender.send(.example(), to: target(server.port, timeout: .milliseconds(300)))
                #expect(outcome.answer == .timeout)
                #expect(outcome.duration >= .milliseconds(300) && outcome.duration < .seconds(30))
                #expect(outcome.status == nil && outcome.excerpt == nil && outcome.error != nil)
            }
        }
    }

    @Test("A connection closed without an answer is a failure, one that was refused too")
    func reset() async throws {
        try await RawReceiver.with({ _ in .close }) { port, requests in
            try await withSender { sender in
                #expect(await sender.send(.example(), to: target(port)).answer == .failure)
                #expect(requests.count == 1)
                #expect(await sender.send(.example(), to: target(1)).answer == .failure)
            }
        }
    }

    @Test("What answers is no web server")
    func garbage() async throws {
        try await RawReceiver.with({ _ in .answer("220 mail.example.org ESMTP\r\n") }) { port, _ in
            try await withSender { sender in
                #expect(await sender.send(.example(), to: target(port)).answer == .failure)
            }
        }
    }

    /// The receiver's idle timeout has run out just as the next event was sent.
    @Test("A kept connection that dies before an answer costs no attempt: the request goes again, once, on a new one")
    func staleConnection() async throws {
        let answer = RawReceiver.Reply.answer("HTTP/1.1 204 No Content\r\n\r\n")
        try await RawReceiver.with({ $0 == 2 ? .close : answer }) { port, requests in
            try await withSender { sender in
                #expect(await sender.send(.example(), to: target(port)).status == 204)
                #expect(await sender.send(.example(), to: target(port)).status == 204)
                #expect(requests.elements == [1, 1, 2])
            }
        }
    }

    @Test("Cancelling ends a request at once")
    func cancelled() async throws {
        let never = Gate()
        try await withModelServer { _ in
            ModelResponse.json("").held(by: never)
        } run: { server in
            try await withSender { sender in
                let target = target(server.port, timeout: .seconds(60))
                let sending = Task { await sender.send(.example(), to: target) }
                try await server.requests.atLeast(1, "a request")
                sending.cancel()
                #expect(await sending.value.answer == .failure)
                try await server.abandoned.atLeast(1, "a closed connection")
            }
        }
    }
}
