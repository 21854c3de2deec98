/// A webhook setting that cannot be used: which one, and what to write instead. Never quotes a secret.
package struct InvalidWebhook: Error, Sendable, Equatable, CustomStringConvertible {
    package let problem: FieldProblem

    package init(_ field: String, _ message: String) {
        problem = FieldProblem(path: field, message: message)
    }

    package var description: String { problem.description }
}
