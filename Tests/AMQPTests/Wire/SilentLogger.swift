import Logging

extension Logger {
    /// Tests look at results, not at lines.
    static let silent = Logger(label: "amqp-tests") { _ in SwiftLogNoOpLogHandler() }
}
