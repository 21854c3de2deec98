import CurlHTTP
import Logging
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@testable import ModelProviders

@Suite("What providers say about their limits")
struct RateLimitHeadersTests {
    private static let now = "2026-11-20T12:00:00Z"

    private func read(_ fields: [(String, String)]) throws -> RateLimitHints? {
        RateLimitHeaders.read(CurlHTTP.HTTPHeaders(fields), now: try #require(Timestamp(rfc3339: Self.now)))
    }

    @Test("OpenAI and its relatives")
    func openAI() throws {
        let hints = try read([
            ("X-RateLimit-Limit-Requests", "5000"), ("x-ratelimit-remaining-requests", "4999"), ("x-ratelimit-reset-requests", "12ms"),
            ("x-ratelimit-limit-tokens", "160000"), ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "2m59.56s"),
        ])
        #expect(
            hints
                == RateLimitHints(
                    requests: .init(limit: 5000, remaining: 4999, reset: .milliseconds(12)),
                    tokens: .init(limit: 160_000, remaining: 0, reset: .milliseconds(179_560))))
        #expect(hints?.waitForExhausted == .milliseconds(179_560))
    }

    @Test("Anthropic, which counts input and output apart and names moments")
    func anthropic() throws {
        let hints = try read([
            ("anthropic-ratelimit-requests-limit", "50"), ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-11-20T12:00:01Z"), ("anthropic-ratelimit-input-tokens-remaining", "7"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-11-20T11:00:00Z"),
        ])
        #expect(
            hints
                == RateLimitHints(
                    requests: .init(limit: 50, remaining: 49, reset: .seconds(1)), inputTokens: .init(remaining: 7),
                    outputTokens: .init(reset: .zero)))
        #expect(hints?.waitForExhausted == nil)
    }

    @Test("OpenRouter and Together, which count requests only and write seconds or moments as numbers")
    func numbers() throws {
        #expect(try read([("x-ratelimit-reset", "3")])?.requests?.reset == .seconds(3))
        #expect(try read([("x-ratelimit-reset", "1795176005")])?.requests?.reset == .seconds(5))
        #expect(try read([("x-ratelimit-reset", "1795176005000")])?.requests?.reset == .seconds(5))
    }

    @Test("Nothing, and nonsense, say nothing")
    func nothing() throws {
        #expect(try read([("content-type", "text/html"), ("x-ratelimit-bucket", "7")]) == nil)
        #expect(try read([("x-ratelimit-remaining-tokens", "many"), ("x-ratelimit-limit-tokens", "inf")])?.tokens == .init())
    }

    @Test("Answers, streamed answers and errors bring them along")
    func broughtAlong() async throws {
        let limits: [(String, String)] = [("x-ratelimit-remaining-requests", "9")]
        let expected = RateLimitHints(requests: .init(remaining: 9))
        for (status, stream) in [(200, false), (200, true), (429, false), (429, true)] {
            let script: ModelServer.Script = { _ in
                var response = status == 429 ? ModelResponse.failure(429, "slow") : stream ? .stream(["a"]) : .completion("a")
                for (name, value) in limits { response.headers.add(name: name, value: value) }
                return response
            }
            try await withOpenAI(script) { provider, _ in
                let call = ModelCall.prompt("a", stream: stream)
                let limits =
                    status == 200
                    ? try await provider.complete(call, onDelta: nil).rateLimits : try await provider.failure(of: call).rateLimits
                #expect(limits == expected)
            }
        }
    }
}
