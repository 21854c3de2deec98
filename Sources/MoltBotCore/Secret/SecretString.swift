/// A key or password that no log, error or dump shows.
package struct SecretString: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    /// The secret itself, for the one place that sends it.
    package func reveal() -> String { value }

    /// The text without the secret: providers quote keys in their error messages.
    package func redacted(from text: String) -> String {
        value.isEmpty ? text : text.split(separator: value, omittingEmptySubsequences: false).joined(separator: description)
    }

    package var description: String { "***" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
