import Logging
import TestSupport

extension Logger {
    /// For tests that look at results, not at lines.
    static let silent = Logger(label: "amqp-tests") { _ in SwiftLogNoOpLogHandler() }

    /// Keeps the text of each line: how a test waits for what the client only logs.
    static func recording(_ lines: Recorder<String>) -> Logger {
        Logger(label: "amqp-tests") { _ in RecordingLogHandler(lines: lines) }
    }
}

private struct RecordingLogHandler: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.record("\(event.message)") }
}
