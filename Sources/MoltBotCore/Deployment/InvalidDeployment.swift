/// A deployment that cannot be used: which fields are wrong, and what to write instead.
package struct InvalidDeployment: Error, Equatable, CustomStringConvertible {
    package let problems: [FieldProblem]

    package init(problems: [FieldProblem]) {
        self.problems = problems
    }

    package var description: String { problems.map(\.description).joined(separator: "; ") }
}
