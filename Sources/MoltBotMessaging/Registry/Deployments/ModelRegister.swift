package import MoltBotCore

/// The deployments of models on a broker, for those who read and change them.
package struct ModelRegister: Sendable {
    /// All: whether a key fits shows in the secrets of every kind.
    private static let kinds = Set(RegistryRecord.Kind.allCases)

    private let registry: Registry
    private let keys: MasterKeySource

    package init(_ session: BrokerSession, keys: MasterKeySource) {
        registry = Registry(session)
        self.keys = keys
    }

    /// A workspace's deployments by their names, and why others can't be read.
    /// - Throws: ``AMQPError``.
    package func all(in workspace: Workspace) async throws -> (entries: [DeploymentEntry], unreadable: [InvalidDeployment]) {
        var found: (entries: [DeploymentEntry], unreadable: [InvalidDeployment]) = ([], [])
        for record in try await registry.snapshot(of: [.deployment]).records(of: .deployment) where record.workspace == workspace {
            do throws(InvalidDeployment) {
                found.entries.append(try DeploymentEntry(record))
            } catch {
                found.unreadable.append(error)
            }
        }
        return found
    }

    /// Adds a deployment, or replaces the one of the same name.
    /// - Throws: ``RegistryError``, with code `foreignEntry` when another workspace has the name; ``AMQPError``.
    package func set(_ entry: DeploymentEntry) async throws {
        let keys = keys
        try await registry.change(Self.kinds) { state in
            if let known = state.record(.deployment, entry.deployment.name) { try Self.check(known, belongsTo: entry.workspace) }
            return [try entry.record(sealedBy: SecretSeal(entry.hasPlainSecrets ? try keys.sealingKeys(for: state) : .none))]
        }
    }

    /// - Throws: ``RegistryError`` with code `unknownEntry` or `foreignEntry`; ``AMQPError``.
    package func remove(_ name: String, in workspace: Workspace) async throws {
        try await registry.change([.deployment]) { state in
            var removal = try Self.record(name, in: state)
            try Self.check(removal, belongsTo: workspace)
            removal.value = nil
            removal.time = .now()
            return [removal]
        }
    }

    private static func record(_ name: String, in state: RegistryState) throws(RegistryError) -> RegistryRecord {
        guard let record = state.record(.deployment, name) else {
            let nearest = Spelling.nearest(to: name, in: state.records(of: .deployment).map(\.id))
            throw RegistryError(.unknownEntry, "no model \"\(name)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        return record
    }

    private static func check(_ record: RegistryRecord, belongsTo workspace: Workspace) throws(RegistryError) {
        guard record.workspace != workspace else { return }
        throw RegistryError(.foreignEntry, "the name \"\(record.id)\" belongs to another workspace: choose another one")
    }
}
