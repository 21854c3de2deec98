/// The models to try when a model cannot answer, by the reason why it cannot.
package struct Fallbacks: Sendable, Equatable {
    /// No deployment of the model gave an answer.
    package var onError: [String]
    /// The request is too long for the model: models with a longer context.
    package var onContextLength: [String]
    /// The provider refused the content. Empty means that a refusal stands: asking elsewhere is the operator's decision.
    package var onContentPolicy: [String]

    package init(onError: [String] = [], onContextLength: [String] = [], onContentPolicy: [String] = []) {
        self.onError = onError
        self.onContextLength = onContextLength
        self.onContentPolicy = onContentPolicy
    }

    package var isEmpty: Bool { onError.isEmpty && onContextLength.isEmpty && onContentPolicy.isEmpty }
}
