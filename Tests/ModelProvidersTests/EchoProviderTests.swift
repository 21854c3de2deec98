import ModelProviders
import MoltBotCore
import Testing

@Suite("The echo model")
struct EchoProviderTests {
    @Test("Fails the configured share of calls, the same ones every time, and retries can succeed")
    func failureRate() async throws {
        let provider = EchoProvider(settings: EchoProvider.Settings(failureRate: 0.3))
        var failures = 0
        var recovered = 0
        for number in 0..<1000 {
            let call = ModelCall.prompt("task \(number)")
            guard (try? await provider.complete(call, onDelta: nil)) == nil else { continue }
            failures += 1
            let error = try await provider.failure(of: call)
            #expect(error.kind == .overloaded && error.isRetryable)
            let second = ModelCall.prompt("task \(number)", attempt: 2)
            if (try? await provider.complete(second, onDelta: nil)) != nil { recovered += 1 }
        }
        #expect((250...350).contains(failures))
        #expect(recovered > failures / 2)
    }

    @Test(
        "Pretends the status it is told", arguments: [(429, .rateLimited), (401, .auth), (500, .serverError)] as [(Int64, ModelError.Kind)])
    func status(status: Int64, kind: ModelError.Kind) async throws {
        let error = try await EchoProvider().failure(of: .prompt("a", parameters: ["echo_status": .integer(status)]))
        #expect(error.kind == kind)
        #expect(error.status == Int(status))
    }

    @Test("A configured status without a rate fails every call")
    func configuredStatus() async throws {
        let provider = EchoProvider(settings: EchoProvider.Settings(status: 500))
        #expect(try await provider.failure(of: .prompt("a")).status == 500)
    }

    @Test("A task's own rate goes before the configured one")
    func override() async throws {
        let provider = EchoProvider(settings: EchoProvider.Settings(failureRate: 1))
        _ = try await provider.failure(of: .prompt("a"))
        _ = try await provider.complete(.prompt("a", parameters: ["echo_failure_rate": 0]), onDelta: nil)
    }

    @Test("A delay beyond the timeout is a timeout")
    func timeout() async throws {
        let call = ModelCall.prompt("a", parameters: ["echo_delay_ms": 60_000], timeout: .milliseconds(10))
        #expect(try await EchoProvider().failure(of: call).kind == .timeout)
    }

    @Test(
        "Names a parameter it cannot use",
        arguments: [
            (
                "echo_delay_ms", JSONValue.string("slow"),
                #"parameters.echo_delay_ms: expected a whole number from 0 to 86400000, got "slow""#
            ),
            ("echo_failure_rate", .number(1.5), "parameters.echo_failure_rate: expected a number from 0 to 1, got 1.5"),
            ("echo_status", .integer(200), "parameters.echo_status: expected an HTTP status from 400 to 599, got 200"),
        ])
    func refusal(name: String, value: JSONValue, message: String) async throws {
        let error = try await EchoProvider().failure(of: .prompt("a", parameters: [name: value]))
        #expect(error.kind == .invalidRequest)
        #expect(error.message == message)
    }

    @Test("Embeds each input as a small vector that depends on the text alone")
    func embeddings() async throws {
        let call = ModelCall(model: "echo", content: .input(["one", "two", "one"]))
        let answer = try await EchoProvider().complete(call, onDelta: nil)
        let vectors = (0..<3).map { answer.message[$0]?["embedding"] }
        #expect(vectors[0]?.arrayValue?.count == 8)
        #expect(vectors[0] == vectors[2])
        #expect(vectors[0] != vectors[1])
        #expect(answer.usage == Usage(inputTokens: 3))
        #expect(answer.text == nil)
    }
}
