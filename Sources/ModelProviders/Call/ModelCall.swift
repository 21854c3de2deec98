package import MoltBotCore

/// One call of one model.
package struct ModelCall: Sendable {
    /// The provider's own name of the model.
    package var model: String
    package var content: TaskRequest.Content
    package var parameters: TaskParameters
    /// For the whole call, from dialling to the last byte.
    package var timeout: Duration
    package var isStreamed: Bool
    /// Counted from 1. Providers do not send it; the echo model's failures depend on it.
    package var attempt: Int

    package init(
        model: String, content: TaskRequest.Content, parameters: TaskParameters = TaskParameters(), timeout: Duration = .seconds(300),
        isStreamed: Bool = false, attempt: Int = 1
    ) {
        self.model = model
        self.content = content
        self.parameters = parameters
        self.timeout = timeout
        self.isStreamed = isStreamed
        self.attempt = attempt
    }
}
