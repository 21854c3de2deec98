package import MoltBotCore

/// Someone who runs models: one endpoint with its credentials.
package protocol ModelProvider: Sendable {
    /// What events and metrics call this provider, e.g. `openai`.
    var name: String { get }

    /// Makes one call; no retries here.
    ///
    /// - Parameter onDelta: Hears each piece of a streamed answer in order, before the next one is read, so a slow listener slows the provider.
    ///   What it throws ends the call as ``ModelError/Kind/cancelled``.
    func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer
}

package typealias DeltaHandler = @Sendable (ModelDelta) async throws -> Void

/// One piece of an answer that is still being written.
package struct ModelDelta: Sendable, Equatable {
    /// The text since the piece before; never empty.
    package let text: String

    package init(text: String) {
        self.text = text
    }
}
