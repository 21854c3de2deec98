internal import HTTPTypes
internal import MoltBotCore
internal import MoltBotMessaging

/// The models that a workspace's tasks can name: its own deployments, and those for everybody, which it can see and not change.
struct ModelStore: Sendable {
    private static let kinds = Set(RegistryRecord.Kind.allCases)

    private let registry: Registry
    private let keys: MasterKeySource
    private var workspace: Workspace

    init(_ registry: Registry, _ keys: MasterKeySource, _ workspace: Workspace) {
        self.registry = registry
        self.keys = keys
        self.workspace = workspace
    }

    /// The models of another workspace.
    func of(_ workspace: Workspace) -> ModelStore {
        var store = self
        store.workspace = workspace
        return store
    }

    /// By their names.
    func all() async throws -> [DeploymentEntry] {
        try await registry.snapshot(of: [.deployment]).records(of: .deployment).filter(isVisible).compactMap { try? DeploymentEntry($0) }
    }

    /// The names of deployments that do not exist for this workspace.
    func foreignNames() async throws -> Set<String> {
        Set(try await registry.snapshot(of: [.deployment]).records(of: .deployment).filter { !isVisible($0) }.map(\.id))
    }

    /// - Throws: 404.
    func model(_ name: String) async throws -> DeploymentEntry {
        let state = try await registry.snapshot(of: [.deployment])
        guard let record = state.record(.deployment, name), isVisible(record) else { throw Problem.notFound("Model \(name.prefix(64))") }
        return try DeploymentEntry(record)
    }

    /// - Returns: whether it is new; else it took the place of the one with this name.
    /// - Throws: 409 when the name is another workspace's.
    func put(_ entry: DeploymentEntry) async throws -> Bool {
        let isNew = Latest(true)
        try await registry.change(Self.kinds) { state in
            let present = state.record(.deployment, entry.deployment.name)
            guard present == nil || present?.workspace == workspace else {
                throw Problem(
                    .conflict, "name-taken", "The name is taken", "Another workspace has a model called \"\(entry.deployment.name)\".")
            }
            isNew.change { $0 = present == nil }
            return [try record(of: entry, in: state)]
        }
        return isNew.value
    }

    /// Changes members of a deployment as they were given; one that is null goes.
    /// - Throws: 404, ``InvalidDeployment``.
    func change(_ name: String, _ members: [String: JSONValue]) async throws -> DeploymentEntry {
        let state = try await registry.change(Self.kinds) { state in
            var entry = try DeploymentEntry(try own(name, in: state))
            for (member, value) in members.sorted(by: { $0.key < $1.key }) { entry = try entry.with(member, value) }
            return [try record(of: entry, in: state)]
        }
        return try DeploymentEntry(try own(name, in: state))
    }

    /// - Throws: 404.
    func remove(_ name: String) async throws {
        try await registry.change(Self.kinds) { state in
            var removal = try own(name, in: state)
            removal.value = nil
            removal.time = .now()
            return [removal]
        }
    }

    private func isVisible(_ record: RegistryRecord) -> Bool { record.workspace == workspace || record.workspace == .default }

    private func own(_ name: String, in state: RegistryState) throws(Problem) -> RegistryRecord {
        guard let record = state.record(.deployment, name), record.workspace == workspace else {
            throw .notFound("Model \(name.prefix(64)) of workspace \(workspace)")
        }
        return record
    }

    /// A deployment without secrets needs no master key.
    private func record(of entry: DeploymentEntry, in state: RegistryState) throws -> RegistryRecord {
        let keys = entry.hasPlainSecrets ? try keys.sealingKeys(for: state) : .none
        return try entry.record(sealedBy: SecretSeal(keys))
    }
}
