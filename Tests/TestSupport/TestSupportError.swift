/// Why a test's surroundings failed it, in words for the person who reads the test's output.
package struct TestSupportError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable {
        private enum Kind { case deadlinePassed, ended, setUpFailed }

        private let kind: Kind

        /// What was waited for did not happen in time.
        package static let deadlinePassed = Code(kind: .deadlinePassed)
        /// What was waited for cannot happen any more, e.g. a line of output of a process that has exited.
        package static let ended = Code(kind: .ended)
        /// A broker, server, process or interpreter could not be set up.
        package static let setUpFailed = Code(kind: .setUpFailed)
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
