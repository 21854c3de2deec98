extension RateLimits {
    /// Reads limits that stand by themselves, as deployments and credentials state them.
    package static func decode(_ document: JSONValue) throws(InvalidDeployment) -> RateLimits {
        var check = FieldChecker()
        let limits = check.limits(document, "limits")
        let problems = check.problems
        guard problems.isEmpty else { throw InvalidDeployment(problems: problems) }
        return limits
    }
}
