import CurlHTTP
import MoltBotCore
import Testing

@testable import ModelProviders

/// What a provider's documentation says about requests, answers, streams and errors, word for word, and what MoltBot must make of it.
struct ProviderContract: Sendable, CustomTestStringConvertible {
    /// A call and the request that it must become.
    struct Request: Sendable {
        let title: String
        let call: ModelCall
        let uri: String
        let body: String

        init(_ title: String, _ call: ModelCall, _ uri: String, _ body: String) {
            (self.title, self.call, self.uri, self.body) = (title, call, uri, body)
        }
    }

    /// What the provider sends with status 200, and how it must be understood.
    struct Answer: Sendable {
        let title: String
        let body: String
        let text: String?
        /// As JSON, with arguments of tool calls as objects and `*` for ids that the provider does not give.
        let message: String
        let finishReason: String?
        let usage: Usage?
        /// Structured output, where it changes how the answer is read.
        var isStructured = false

        init(
            _ title: String, _ body: String, text: String?, message: String, finish: String?, usage: Usage?, isStructured: Bool = false
        ) {
            (self.title, self.body, self.text, self.message) = (title, body, text, message)
            (finishReason, self.usage, self.isStructured) = (finish, usage, isStructured)
        }
    }

    struct Failure: Sendable {
        let status: Int
        let headers: [(String, String)]
        let body: String
        let kind: ModelError.Kind
        let retryAfter: Duration?

        init(_ status: Int, _ body: String, _ kind: ModelError.Kind, headers: [(String, String)] = [], after retryAfter: Duration? = nil) {
            (self.status, self.headers, self.body, self.kind, self.retryAfter) = (status, headers, body, kind, retryAfter)
        }
    }

    /// A stream that reports an error after it began to answer.
    struct BrokenStream: Sendable {
        let body: String
        let textBefore: String
        let kind: ModelError.Kind
    }

    let name: String
    let keyHeader: (name: String, value: String)
    let streamType: String
    let make: @Sendable (_ root: String, HTTPClient, _ maximumResponseBytes: Int) throws -> any ModelProvider
    /// Reads a stream that comes in these pieces, without a network.
    let assemble: @Sendable (_ pieces: [ArraySlice<UInt8>], ModelCall) throws -> (deltas: [String], answer: ModelAnswer)
    let requests: [Request]
    let answers: [Answer]
    let streams: [Answer]
    let failures: [Failure]
    let brokenStreams: [BrokenStream]
    /// Nil where the provider has none.
    let embeddings: (request: Request, answer: String, message: String, usage: Usage?)?

    static let all: [ProviderContract] = [.openAI, .azure, .anthropic, .gemini, .ollama]

    var testDescription: String { name }
}

extension WireDialect {
    /// The pieces through the parser, the dialect and nothing else.
    func assemble(_ pieces: [ArraySlice<UInt8>], _ call: ModelCall) throws -> (deltas: [String], answer: ModelAnswer) {
        var assembly = AnswerAssembly(self, for: call)
        var deltas: [String] = []
        for piece in pieces {
            for frame in piece.withUnsafeBytes({ assembly.frames(in: $0) }) {
                if let delta = try assembly.receive(frame) { deltas.append(delta.text) }
            }
        }
        if let frame = assembly.lastFrame(), let delta = try assembly.receive(frame) { deltas.append(delta.text) }
        return (deltas, try assembly.answer())
    }
}

extension ProviderContract.Answer {
    /// A call to which this may be the answer.
    func call(stream: Bool) -> ModelCall {
        ModelCall.prompt("Hello", stream: stream, parameters: isStructured ? ["response_format": ["type": "json_object"]] : [:])
    }

    func verify(_ answer: ModelAnswer) throws {
        #expect(answer.text == text)
        #expect(answer.message.comparable == (try JSONValue.parse(message)))
        #expect(answer.finishReason == finishReason)
        #expect(answer.usage == usage)
    }
}

extension JSONValue {
    /// A message whose made-up ids and whose order of arguments do not matter.
    var comparable: JSONValue {
        guard var members = objectValue, let calls = members["tool_calls"]?.arrayValue else { return self }
        members["tool_calls"] = .array(
            calls.map { call in
                var call = call.objectValue ?? [:]
                if let id = call["id"]?.stringValue, id.hasPrefix("call_"), id.count > 30, id.count <= 40 { call["id"] = "*" }
                var function = call["function"]?.objectValue ?? [:]
                function["arguments"] = function["arguments"]?.stringValue.flatMap { try? JSONValue.parse($0) }
                call["function"] = .object(function)
                return .object(call)
            })
        return .object(members)
    }
}
