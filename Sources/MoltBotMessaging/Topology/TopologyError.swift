/// Why a topology could not be read, compared or put on a broker.
///
/// ``problems`` has a line for each thing that is wrong; each says what, where and what to do about it.
package struct TopologyError: Error, Sendable {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case unreadableFile, invalidFile, invalidName, mismatch, accessRefused, brokerFailed, managementFailed
        }

        private let value: Value

        /// The file does not exist or can't be read.
        package static let unreadableFile = Code(value: .unreadableFile)
        /// The file's text breaks the rules of the format.
        package static let invalidFile = Code(value: .invalidFile)
        /// A workspace or endpoint can't have this name.
        package static let invalidName = Code(value: .invalidName)
        /// The broker lacks something or has it differently.
        package static let mismatch = Code(value: .mismatch)
        /// The broker user may not do this.
        package static let accessRefused = Code(value: .accessRefused)
        /// The broker could not be reached, or failed while answering.
        package static let brokerFailed = Code(value: .brokerFailed)
        /// The management API could not be reached, or refused the request.
        package static let managementFailed = Code(value: .managementFailed)

        package var description: String { value.rawValue }
    }

    package let code: Code
    package let problems: [String]
    package let cause: (any Error)?
    /// Whether the same call can succeed later with nothing changed on this side.
    package let isRetriable: Bool

    package init(_ code: Code, _ problems: [String], cause: (any Error)? = nil, isRetriable: Bool = false) {
        self.code = code
        self.problems = problems
        self.cause = cause
        self.isRetriable = isRetriable
    }

    package init(_ code: Code, _ problem: String, cause: (any Error)? = nil, isRetriable: Bool = false) {
        self.init(code, [problem], cause: cause, isRetriable: isRetriable)
    }

    /// The problems, one a line.
    package var message: String { problems.joined(separator: "\n") }
}

extension TopologyError: CustomStringConvertible {
    package var description: String { message }
}
