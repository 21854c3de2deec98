import Logging
import MoltBotConfig

/// Sends the process's log to standard error. The only place that sets up global logging.
enum LogBootstrap {
    /// Called once, at the start of the one command that runs.
    static func install(level: LogSettings.Level, format: LogSettings.Format) {
        let level = Logger.Level(rawValue: level.rawValue) ?? .info
        LoggingSystem.bootstrap { label in
            StandardErrorLogHandler(label: label, logLevel: level, format: format)
        }
    }
}
