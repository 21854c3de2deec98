package import Logging

extension Logger {
    /// Keeps the text of each line from `level` on: how a test waits for what is only logged.
    package static func recording(_ lines: Recorder<String>, from level: Level = .debug) -> Logger {
        Logger(label: "test") { _ in RecordingLogHandler(lines: lines, logLevel: level) }
    }
}

private struct RecordingLogHandler: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.record("\(event.message)") }
}
