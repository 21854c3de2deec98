package import MoltBotCore

/// One call of one model.
package struct ModelCall: Sendable {
    /// The provider's own name of the model.
    package var model: String
    package var content: TaskRequest.Content
    /// In OpenAI's names; each provider translates those it has, and takes its own names as they are.
    package var parameters: TaskParameters
    /// `none` leaves it to the provider, which may have been given a key of its own.
    package var authorization: ModelAuthorization
    /// For the whole call, from dialling to the last byte.
    package var timeout: Duration
    package var isStreamed: Bool
    /// Counted from 1. Providers do not send it; the echo model's failures depend on it.
    package var attempt: Int

    package init(
        model: String, content: TaskRequest.Content, parameters: TaskParameters = TaskParameters(),
        authorization: ModelAuthorization = .none, timeout: Duration = .seconds(300), isStreamed: Bool = false, attempt: Int = 1
    ) {
        self.model = model
        self.content = content
        self.parameters = parameters
        self.authorization = authorization
        self.timeout = timeout
        self.isStreamed = isStreamed
        self.attempt = attempt
    }

    /// Whether the answer comes in pieces: nobody streams vectors.
    var isStreamedChat: Bool { isStreamed && content.operation == .chat }
}
