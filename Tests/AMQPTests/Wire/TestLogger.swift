import Logging

extension Logger {
    /// For tests that look at results, not at lines.
    static let silent = Logger(label: "amqp-tests") { _ in SwiftLogNoOpLogHandler() }
}
