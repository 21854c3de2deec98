package import MoltBotCore

/// One call of one model.
///
/// An object for the same reason as ``ModelAnswer``.
package final class ModelCall: Sendable {
    /// The provider's own name of the model.
    package let model: String
    package let content: TaskRequest.Content
    /// In OpenAI's names; each provider translates those it has, and takes its own names as they are.
    package let parameters: TaskParameters
    /// `none` leaves it to the provider, which may have been given a key of its own.
    package let authorization: ModelAuthorization
    /// For the whole call, from dialling to the last byte.
    package let timeout: Duration
    package let isStreamed: Bool
    /// Counted from 1. Providers do not send it; the echo model's failures depend on it.
    package let attempt: Int

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
