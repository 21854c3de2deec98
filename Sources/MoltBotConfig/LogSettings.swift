/// What is logged and how it looks.
package struct LogSettings: Sendable {
    /// swift-log's levels.
    package enum Level: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, Sendable, CaseIterable {
        /// One line a message for people.
        case text
        /// One JSON object a line.
        case json
    }

    /// Nil leaves it to the command: services tell more than commands that come and go.
    package let level: Level?
    package let format: Format

    init(_ reader: SettingsReader) throws(SettingsError) {
        level = reader.isSet(.logLevel) ? try reader.choice(.logLevel) : nil
        format = try reader.choice(.logFormat)
    }
}
