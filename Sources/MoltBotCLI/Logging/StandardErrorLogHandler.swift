import Foundation
import Glibc
import Logging
import MoltBotConfig
import MoltBotCore

/// Writes each message as one line to standard error, in one piece.
struct StandardErrorLogHandler: LogHandler {
    private let label: String
    private let format: LogSettings.Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, logLevel: Logger.Level, format: LogSettings.Format) {
        self.label = label
        self.logLevel = logLevel
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }.merging(event.metadata ?? [:]) { _, new in new }
        let line = LogLine(
            time: Date.now, level: event.level, label: label, message: "\(event.message)", error: event.error.map { "\($0)" },
            metadata: Redaction.applied(to: metadata))
        var text = (format == .json ? line.json : line.text) + "\n"
        // One write a line: lines of several threads do not mix. A log that cannot be written is nobody's concern but its reader's.
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
