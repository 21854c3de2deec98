internal import MoltBotCore

/// What a choice among deployments depends on.
struct CallNeeds: Sendable {
    var strategy: TaskRequest.Strategy
    var expected: ExpectedTokens
    var lane: Lane
    /// The model that was asked for has failed.
    var isFallback = false
    /// Promised to this task at an earlier look.
    var slot: TimeSlot?
    /// Its place in a line, when its turn has come.
    var ticket: LineTicket?
    /// Until its deadline; nil when it has none.
    var patience: Duration?

    init(
        _ request: TaskRequest, lane: Lane, default strategy: TaskRequest.Strategy, slot: TimeSlot? = nil, ticket: LineTicket? = nil
    ) {
        self.strategy = request.strategy ?? strategy
        self.lane = lane
        self.slot = slot
        self.ticket = ticket
        expected = ExpectedTokens(request)
        patience = request.deadline.map { $0 - .now() }
    }

    /// Whether it would still be called after that wait. What is promised to a task that is not lost for all others: under a lasting load
    /// beyond the limit the promises would run ahead of every deadline, and nothing would be called any more.
    func outlasts(_ wait: Duration) -> Bool { patience.map { wait < $0 } ?? true }
}

extension ExpectedTokens {
    /// Bytes of text a token has in English, as all providers' guides say.
    private static let bytesPerToken = 4
    /// Of an answer whose length the task leaves open.
    private static let usualOutput = 500

    /// An estimate, corrected when the provider has counted.
    init(_ request: TaskRequest) {
        let definitions = [request.parameters["tools"], request.parameters["response_format"]]
        let bytes = definitions.reduce(request.content.textBytes) { $0 + ($1?.definitionBytes ?? 0) }
        let output = request.operation == .embedding ? 0 : request.parameters.maxTokens ?? Self.usualOutput
        self.init(input: bytes / Self.bytesPerToken + 1, output: max(0, min(output, 1_000_000)))
    }
}

extension TaskRequest.Content {
    /// Tokenizers make at most one token of a character of most scripts, and no text averages more characters a token than this.
    private static let mostCharactersPerToken = 8

    /// Fewer tokens than any model makes of it, or of the longest of several inputs. Attachments may be tiny and count for nothing.
    var leastTokens: Int {
        let characters =
            if case .input(.array(let inputs)) = self {
                inputs.lazy.map { Self.input($0).characters }.max() ?? 0
            } else {
                characters
            }
        return characters / Self.mostCharactersPerToken
    }

    private var characters: Int { length(attachment: 0) { $0.unicodeScalars.count } }

    /// How much text there is to read. An image, a recording or a file counts for what providers count on average, whatever its size.
    var textBytes: Int { length(attachment: JSONValue.attachmentBytes) { $0.utf8.count } }

    private func length(attachment: Int, of text: (String) -> Int) -> Int {
        switch self {
        case .prompt(let prompt): text(prompt)
        case .messages(let messages): messages.reduce(0) { $0 + $1.length(attachment: attachment, of: text) }
        case .input(let input): input.length(attachment: attachment, of: text)
        }
    }
}

extension JSONValue {
    /// About a thousand tokens: OpenAI's guide has 765 for a square image, Anthropic's 1600 at most.
    fileprivate static let attachmentBytes = 4000
    /// Members that hold an attachment's bytes as base64, in OpenAI's content parts.
    private static let attachments: Set<String> = ["data", "file_data"]

    /// Of all the strings in it; a number counts as one token of English.
    /// - Parameter attachment: what one counts for at most.
    fileprivate func length(attachment: Int, of text: (String) -> Int) -> Int {
        switch self {
        case .string(let string): string.hasPrefix("data:") ? min(text(string), attachment) : text(string)
        case .array(let elements): elements.reduce(0) { $0 + $1.length(attachment: attachment, of: text) }
        case .object(let members):
            members.reduce(0) { sum, member in
                let length = member.value.length(attachment: attachment, of: text)
                return sum + (Self.attachments.contains(member.key) ? min(length, attachment) : length)
            }
        case .integer, .number: 4
        case .null, .bool: 0
        }
    }

    /// Of a tool or a schema, which the model reads with the names of its members.
    fileprivate var definitionBytes: Int {
        switch self {
        case .array(let elements): elements.reduce(0) { $0 + $1.definitionBytes }
        case .object(let members): members.reduce(0) { $0 + $1.key.utf8.count + $1.value.definitionBytes }
        case .string, .integer, .number, .null, .bool: length(attachment: Self.attachmentBytes) { $0.utf8.count }
        }
    }
}
