/// Why the API can't run.
package struct APIError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More kinds may be added, so a `switch` over it needs a default.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case openToOthers, cannotListen, invalidKeySet, stopped
        }

        private let value: Value

        /// Others could reach the API, and nothing says who they are.
        package static let openToOthers = Code(value: .openToOthers)
        /// The address is in use, or not this machine's.
        package static let cannotListen = Code(value: .cannotListen)
        /// The keys that tokens are checked with can't be read.
        package static let invalidKeySet = Code(value: .invalidKeySet)
        /// It ended before it was asked.
        package static let stopped = Code(value: .stopped)

        package var description: String { value.rawValue }
    }

    package let code: Code
    /// What is wrong and what to do about it.
    package let message: String
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Never: somebody has to change a setting.
    package var isRetriable: Bool { false }
    package var description: String { message }
}
