/// Why the private broker could not do what was asked, in words a person can act on.
package struct PrivateBrokerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More kinds may be added, so a `switch` over it needs a default.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case notInstalled, stateUnusable, portInUse, diskFull, bootFailed, startTimedOut
            case notRunning, notResponding, stopFailed, controlFailed, cancelled
        }

        private let kind: Kind

        /// `rabbitmq-server` or a tool that comes with it is not on this machine.
        package static let notInstalled = Code(kind: .notInstalled)
        /// The state folder cannot be created, read or written.
        package static let stateUnusable = Code(kind: .stateUnusable)
        /// Another program listens on a port the broker needs.
        package static let portInUse = Code(kind: .portInUse)
        /// The disk has less room than the broker's own free-space alarm asks for.
        package static let diskFull = Code(kind: .diskFull)
        /// The broker's process ended before it was ready.
        package static let bootFailed = Code(kind: .bootFailed)
        /// The broker was not ready within the deadline; it was ended.
        package static let startTimedOut = Code(kind: .startTimedOut)
        /// The call needs a running broker.
        package static let notRunning = Code(kind: .notRunning)
        /// The broker's process exists and does not answer on its AMQP port.
        package static let notResponding = Code(kind: .notResponding)
        /// The broker's process could not be ended.
        package static let stopFailed = Code(kind: .stopFailed)
        /// `rabbitmqctl` refused the command.
        package static let controlFailed = Code(kind: .controlFailed)
        /// The calling task was cancelled.
        package static let cancelled = Code(kind: .cancelled)

        package var description: String { kind.rawValue }
    }

    package let code: Code
    /// What happened and what to do about it.
    package let message: String
    /// The last lines of the broker's own log, when they help.
    package let logTail: String?
    /// The error underneath, if another layer reported one.
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, logTail: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.logTail = logTail
        self.cause = cause
    }

    /// Whether the same call may succeed later without anybody changing anything.
    package var isRetriable: Bool {
        code == .startTimedOut || code == .notResponding || code == .portInUse
    }

    package var description: String {
        var text = message
        if let cause { text += " (\(cause))" }
        if let logTail, !logTail.isEmpty { text += "\nThe broker's log ends with:\n\(logTail)" }
        return text
    }
}
