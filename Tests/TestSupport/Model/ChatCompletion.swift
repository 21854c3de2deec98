import FoundationEssentials

/// OpenAI's chat completion wire format, as far as the model server speaks it.
struct ChatCompletion {
    let text: String
    let model: String
    var promptTokens = 7

    var json: String {
        Self.encode(
            Completion(
                id: Self.id, object: "chat.completion", created: Self.created, model: model,
                choices: [.init(message: .init(role: "assistant", content: text), finishReason: "stop")],
                usage: Self.usage(text, promptTokens: promptTokens)))
    }

    /// The data of the events of a streamed completion, without the closing `[DONE]`.
    static func streamed(_ pieces: [String], model: String, promptTokens: Int = 7) -> [String] {
        func event(_ delta: Completion.Message?, finish: String? = nil, usage: Completion.Usage? = nil) -> String {
            encode(
                Completion(
                    id: id, object: "chat.completion.chunk", created: created, model: model,
                    choices: delta.map { [.init(delta: $0, finishReason: finish)] } ?? [], usage: usage))
        }
        return [event(.init(role: "assistant", content: ""))]
            + pieces.map { event(.init(content: $0)) }
            + [
                event(.init(), finish: "stop"),
                event(nil, usage: usage(pieces.joined(), promptTokens: promptTokens)),
            ]
    }

    static func failure(_ message: String, type: String) -> String {
        encode(Failure(error: .init(message: message, type: type)))
    }

    private static let id = "chatcmpl-test"
    private static let created = 1_700_000_000

    /// One token a word: enough for tests that add tokens up.
    private static func usage(_ text: String, promptTokens: Int) -> Completion.Usage {
        let words = text.split(separator: " ").count
        return .init(promptTokens: promptTokens, completionTokens: words, totalTokens: promptTokens + words)
    }

    private static func encode(_ value: some Encodable) -> String {
        (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

private struct Completion: Encodable {
    struct Message: Encodable {
        var role: String?
        var content: String?
    }

    struct Choice: Encodable {
        var index = 0
        var message: Message?
        var delta: Message?
        var finishReason: String?

        enum CodingKeys: String, CodingKey {
            case index, message, delta
            case finishReason = "finish_reason"
        }
    }

    struct Usage: Encodable {
        let promptTokens: Int
        let completionTokens: Int
        let totalTokens: Int

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
            case totalTokens = "total_tokens"
        }
    }

    let id: String
    let object: String
    let created: Int
    let model: String
    let choices: [Choice]
    let usage: Usage?
}

private struct Failure: Encodable {
    struct Details: Encodable {
        let message: String
        let type: String
    }

    let error: Details
}

/// The part of a chat request that the default answer depends on.
struct ChatRequest: Decodable {
    struct Message: Decodable {
        let role: String
        let content: Content
    }

    /// A string, or the list of parts that multimodal requests use.
    enum Content: Decodable {
        struct Part: Decodable {
            let text: String?
        }

        case text(String)
        case parts([Part])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .parts(try container.decode([Part].self))
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .parts(let parts): parts.compactMap(\.text).joined(separator: " ")
            }
        }
    }

    let model: String
    let messages: [Message]
    let stream: Bool?

    var lastUserText: String { messages.last { $0.role == "user" }?.content.text ?? "" }
}
