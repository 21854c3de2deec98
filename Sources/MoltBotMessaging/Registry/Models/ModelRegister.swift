package import MoltBotCore

/// The deployments of models on a broker, for those who read and change them.
///
/// An entry's value is the deployment as REST and the settings file state it (``Deployment/decode(_:)``), its keys sealed; its id is the
/// deployment's name.
package struct ModelRegister: Sendable {
    /// One entry.
    package struct Entry: Sendable, Equatable {
        package var deployment: Deployment
        /// As it is stored: keys sealed.
        package var document: JSONValue
    }

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
    package func all(in workspace: Workspace) async throws -> (entries: [Entry], unreadable: [RegistryError]) {
        var found: (entries: [Entry], unreadable: [RegistryError]) = ([], [])
        for record in try await registry.snapshot(of: [.deployment]).records(of: .deployment) where record.workspace == workspace {
            do throws(RegistryError) {
                found.entries.append(try Entry(record))
            } catch {
                found.unreadable.append(error)
            }
        }
        return found
    }

    /// Adds a deployment, or replaces the one of the same name.
    /// - Parameter document: keys in the clear are sealed; sealed ones are taken as they are.
    /// - Throws: ``InvalidDeployment``; ``RegistryError``, with code `foreignEntry` when another workspace has the name; ``AMQPError``.
    @discardableResult
    package func set(_ document: JSONValue, in workspace: Workspace) async throws -> Entry {
        let name = try Deployment.decode(document).name
        let keys = keys
        let state = try await registry.change(Self.kinds) { state in
            if let known = state.record(.deployment, name) { try Self.check(known, belongsTo: workspace) }
            var sealed = document
            if DeploymentSecrets.areOpen(in: document) {
                sealed = try DeploymentSecrets.seal(document, of: name, with: SecretSeal(try keys.sealingKeys(for: state)))
            }
            return [RegistryRecord(kind: .deployment, id: name, workspace: workspace, value: sealed)]
        }
        return try Entry(try Self.record(name, in: state))
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

extension ModelRegister.Entry {
    /// - Throws: ``RegistryError`` with code `invalidEntry`, naming the deployment.
    package init(_ record: RegistryRecord) throws(RegistryError) {
        let document = record.value ?? .null
        do {
            self.init(deployment: try Deployment.decode(document), document: document)
        } catch {
            throw RegistryError(.invalidEntry, "deployment \(record.id): \(error)", cause: error)
        }
    }
}
