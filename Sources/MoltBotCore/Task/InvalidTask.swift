/// A task that breaks the contract: what is wrong, where, and what to write instead.
///
/// Its description goes to the sender (error type `invalid_task`) and into the dead letter.
package struct InvalidTask: Error, Equatable, CustomStringConvertible {
    package let problems: [FieldProblem]

    package init(problems: [FieldProblem]) {
        self.problems = problems
    }

    package var description: String { problems.map(\.description).joined(separator: "; ") }
}

/// Something wrong with one field of a message.
package struct FieldProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where, e.g. `messages[1].role`; empty for the message as a whole.
    package let path: String
    /// What is wrong and how to put it right.
    package let message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
