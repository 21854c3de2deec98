package import MoltBotCore

/// A deployment as the registry keeps it: the JSON that its operator gave, with every secret sealed.
package struct DeploymentEntry: Sendable, Equatable {
    /// Names of the members whose texts are secrets, at whatever depth.
    private static let secretMembers: Set<String> = ["api_key", "client_secret"]
    private static let mask = JSONValue.string("***")

    package let deployment: Deployment
    /// Whose tasks it serves; those of ``Workspace/default`` serve everybody's.
    package let workspace: Workspace
    private let value: JSONValue

    /// - Parameter value: as ``Deployment/decode(_:)`` reads it, secrets in the clear or sealed.
    /// - Throws: ``InvalidDeployment`` with every problem found.
    package init(_ value: JSONValue, workspace: Workspace = .default) throws(InvalidDeployment) {
        deployment = try Deployment.decode(value)
        if workspace != .default { try Self.refuseSecretsOfTheWorker(deployment) }
        self.workspace = workspace
        self.value = value
    }

    /// A variable or an entry of the credentials file is the operator's, and the deployment says where it is sent.
    private static func refuseSecretsOfTheWorker(_ deployment: Deployment) throws(InvalidDeployment) {
        let problems = deployment.credentials.compactMap { credential -> FieldProblem? in
            let secret: SecretSource
            switch credential.kind {
            case .named:
                return FieldProblem(
                    path: "auth",
                    message: "\"\(credential.name)\" is the operator's; a workspace's deployment needs a key of its own: give \"api_key\"")
            case .apiKey(let key): secret = key
            case .oauth2(let client): secret = client.clientSecret
            }
            guard case .environment(let name) = secret else { return nil }
            return FieldProblem(
                path: "credentials",
                message:
                    "the variable \(name) is the operator's; a workspace's deployment needs a secret of its own: give the secret itself")
        }
        guard problems.isEmpty else { throw InvalidDeployment(problems: problems) }
    }

    /// - Throws: ``InvalidDeployment`` when the record's value breaks the rules, or has another name than its entry.
    package init(_ record: RegistryRecord) throws(InvalidDeployment) {
        try self.init(record.value ?? .null, workspace: record.workspace)
        guard deployment.name == record.id else {
            throw InvalidDeployment(problems: [FieldProblem(path: "name", message: "is not \"\(record.id)\", the name of the entry")])
        }
    }

    /// The record to store, all secrets sealed with the current master key; those that are sealed already stay.
    package func record(sealedBy seal: SecretSeal) throws(RegistryError) -> RegistryRecord {
        RegistryRecord(kind: .deployment, id: deployment.name, workspace: workspace, value: try sealed(value, seal))
    }

    /// The deployment with another value of one member.
    package func with(_ member: String, _ new: JSONValue) throws(InvalidDeployment) -> DeploymentEntry {
        var members = value.objectValue ?? [:]
        members[member] = new
        return try DeploymentEntry(.object(members), workspace: workspace)
    }

    /// The value for people and programs to see: no secret is in it, sealed or not.
    package var publicValue: JSONValue { Self.masked(value) }

    /// Whether storing it needs a master key.
    package var hasPlainSecrets: Bool { Self.hasPlainSecrets(value) }

    private func sealed(_ value: JSONValue, _ seal: SecretSeal) throws(RegistryError) -> JSONValue {
        switch value {
        case .array(let elements): return .array(try elements.map { (element) throws(RegistryError) in try sealed(element, seal) })
        case .object(let members):
            var sealedMembers: [String: JSONValue] = [:]
            for (name, member) in members {
                sealedMembers[name] = try Self.secretMembers.contains(name) ? sealedSecret(member, seal) : sealed(member, seal)
            }
            return .object(sealedMembers)
        default: return value
        }
    }

    private func sealedSecret(_ value: JSONValue, _ seal: SecretSeal) throws(RegistryError) -> JSONValue {
        switch value {
        case .string(let text) where !SecretSeal.isSealed(text):
            return .string(try seal.seal(SecretString(text), of: .deployment, id: deployment.name))
        case .array(let elements):
            return .array(try elements.map { (element) throws(RegistryError) in try sealedSecret(element, seal) })
        default: return value
        }
    }

    private static func masked(_ value: JSONValue, isSecret: Bool = false) -> JSONValue {
        switch value {
        case .string where isSecret: mask
        case .array(let elements): .array(elements.map { masked($0, isSecret: isSecret) })
        // The name of a variable is no secret.
        case .object(let members):
            .object(Dictionary(uniqueKeysWithValues: members.map { ($0, masked($1, isSecret: secretMembers.contains($0))) }))
        default: value
        }
    }

    private static func hasPlainSecrets(_ value: JSONValue, isSecret: Bool = false) -> Bool {
        switch value {
        case .string(let text): isSecret && !SecretSeal.isSealed(text)
        case .array(let elements): elements.contains { hasPlainSecrets($0, isSecret: isSecret) }
        case .object(let members): members.contains { hasPlainSecrets($1, isSecret: secretMembers.contains($0)) }
        default: false
        }
    }
}
