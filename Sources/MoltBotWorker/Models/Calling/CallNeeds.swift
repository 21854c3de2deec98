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

    init(
        _ request: TaskRequest, lane: Lane, default strategy: TaskRequest.Strategy, slot: TimeSlot? = nil, ticket: LineTicket? = nil
    ) {
        self.strategy = request.strategy ?? strategy
        self.lane = lane
        self.slot = slot
        self.ticket = ticket
        expected = ExpectedTokens(request)
    }
}

extension ExpectedTokens {
    /// Bytes of text a token has in English, as all providers' guides say.
    private static let bytesPerToken = 4
    /// Of an answer whose length the task leaves open.
    private static let usualOutput = 500

    /// An estimate, corrected when the provider has counted.
    init(_ request: TaskRequest) {
        let bytes =
            switch request.content {
            case .prompt(let text): text.utf8.count
            case .messages(let messages): messages.reduce(0) { $0 + $1.textBytes }
            case .input(let input): input.textBytes
            }
        let output = request.operation == .embedding ? 0 : request.parameters.maxTokens ?? Self.usualOutput
        self.init(input: bytes / Self.bytesPerToken + 1, output: max(0, min(output, 1_000_000)))
    }
}

extension JSONValue {
    /// Of all the strings in it; a number counts as one token.
    fileprivate var textBytes: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .array(let elements): elements.reduce(0) { $0 + $1.textBytes }
        case .object(let members): members.values.reduce(0) { $0 + $1.textBytes }
        case .integer, .number: 4
        case .null, .bool: 0
        }
    }
}
