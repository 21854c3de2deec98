import ModelProviders
import MoltBotCore
import Testing

/// What every provider must do, whoever is behind it.
@Suite("Every provider")
struct ProviderConformanceTests {
    enum Kind: CaseIterable {
        case echo
        case openAI
        case observed
    }

    private func withProvider(_ kind: Kind, _ body: (any ModelProvider) async throws -> Void) async throws {
        switch kind {
        case .echo: try await body(EchoProvider())
        case .observed: try await body(ObservedProvider(EchoProvider()))
        case .openAI: try await withOpenAI { provider, _ in try await body(provider) }
        }
    }

    @Test("Answers a prompt with text, message, usage and the model's name", arguments: Kind.allCases)
    func answers(kind: Kind) async throws {
        try await withProvider(kind) { provider in
            let answer = try await provider.complete(.prompt("Say it again"), onDelta: nil)
            #expect(answer.text == "Say it again")
            #expect(answer.message["role"] == "assistant")
            #expect(answer.message["content"] == "Say it again")
            #expect(answer.finishReason == "stop")
            #expect(answer.usage?.outputTokens == 3)
            #expect(answer.providerModel == "test-model")
        }
    }

    @Test("Answers the last user message, also when it has parts", arguments: Kind.allCases)
    func messages(kind: Kind) async throws {
        try await withProvider(kind) { provider in
            let messages: [JSONValue] = [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": "First"], ["role": "assistant", "content": "Yes"],
                ["role": "user", "content": [["type": "text", "text": "Grüße 😀"]]],
            ]
            let answer = try await provider.complete(ModelCall(model: "m", content: .messages(messages)), onDelta: nil)
            #expect(answer.text == "Grüße 😀")
        }
    }

    @Test("The deltas of a streamed answer add up to it", arguments: Kind.allCases)
    func streams(kind: Kind) async throws {
        try await withProvider(kind) { provider in
            let (answer, deltas) = try await provider.streamed(.prompt("one two  three", stream: true))
            #expect(answer.text == "one two  three")
            #expect(deltas.joined() == "one two  three")
            #expect(deltas.count > 2)
            #expect(!deltas.contains(""))
            #expect(answer.finishReason == "stop")
            #expect(answer.usage?.outputTokens == 3)
        }
    }

    @Test("A listener that fails ends the call", arguments: Kind.allCases)
    func listener(kind: Kind) async throws {
        try await withProvider(kind) { provider in
            let error = await #expect(throws: ModelError.self) {
                try await provider.complete(.prompt("one two", stream: true)) { _ in throw CancellationError() }
            }
            #expect(error?.kind == .cancelled)
        }
    }

    @Test("A cancelled call ends as cancelled", arguments: Kind.allCases)
    func cancellation(kind: Kind) async throws {
        try await withProvider(kind) { provider in
            let outcome = await withTaskGroup(of: ModelError.Kind?.self) { group in
                group.addTask {
                    // Before the call, so that no answer can be faster.
                    withUnsafeCurrentTask { $0?.cancel() }
                    do throws(ModelError) {
                        _ = try await provider.complete(.prompt("never"), onDelta: nil)
                        return nil
                    } catch {
                        return error.kind
                    }
                }
                return await group.next() ?? nil
            }
            #expect(outcome == .cancelled)
        }
    }
}
