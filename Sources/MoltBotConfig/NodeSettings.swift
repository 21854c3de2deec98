package import MoltBotCore

/// Which API node client commands ask, and as whom.
package struct NodeSettings: Sendable {
    /// Nil for the one that belongs to the state folder.
    package let url: String?
    /// Nil where none is needed.
    package let key: SecretString?

    init(_ reader: SettingsReader) {
        url = reader.text(.apiURL)
        key = reader.text(.apiKey).map(SecretString.init)
    }
}
