/// The credentials file: keys by name, for deployments to refer to.
///
///     {"openai": "sk-...", "backup": {"api_key": {"env": "BACKUP_KEY"}, "limits": {"rpm": 500}},
///      "corp": {"token_url": "https://login.example.org/token", "client_id": "...", "client_secret": "...", "scopes": ["llm"]}}
package struct CredentialEntries: Sendable, Equatable {
    package let entries: [String: DeploymentCredential]

    package static let none = CredentialEntries([:])

    private init(_ entries: [String: DeploymentCredential]) {
        self.entries = entries
    }

    /// - Throws: ``InvalidDeployment`` with the path of each problem; secrets are not in it.
    package init(_ document: JSONValue) throws(InvalidDeployment) {
        var check = FieldChecker()
        var entries: [String: DeploymentCredential] = [:]
        for (name, value) in check.object(document, "the file") ?? [:] {
            // A key alone is the short form of an object with one.
            let entry: JSONValue = value.stringValue == nil ? value : ["api_key": value]
            entries[name] = check.credential(entry, named: name, name)
        }
        let problems = check.problems
        guard problems.isEmpty else { throw InvalidDeployment(problems: problems) }
        self.entries = entries
    }

    package subscript(name: String) -> DeploymentCredential? { entries[name] }

    package var names: [String] { entries.keys.sorted() }
}
