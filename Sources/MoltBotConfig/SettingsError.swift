/// Why the settings can't be used: which key, where its value came from, and what to write instead.
package struct SettingsError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More kinds may be added, so a `switch` over it needs a default.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case unreadableFile, invalidFile, invalidValue
        }

        private let value: Value

        /// The file that was named does not exist or can't be read.
        package static let unreadableFile = Code(value: .unreadableFile)
        /// The file is not YAML, or has keys that don't exist.
        package static let invalidFile = Code(value: .invalidFile)
        /// A value can't be used, wherever it came from.
        package static let invalidValue = Code(value: .invalidValue)

        package var description: String { value.rawValue }
    }

    package let code: Code
    /// One line for each thing that is wrong, without secrets.
    package let problems: [String]
    package let cause: (any Error)?

    package init(_ code: Code, _ problems: [String], cause: (any Error)? = nil) {
        self.code = code
        self.problems = problems
        self.cause = cause
    }

    package var message: String { problems.joined(separator: "\n") }
    package var description: String { message }
    /// Never: somebody has to change a setting.
    package var isRetriable: Bool { false }
}
