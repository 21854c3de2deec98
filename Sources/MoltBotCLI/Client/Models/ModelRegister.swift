import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// The deployments on a broker and in the settings file, as the commands read and change them.
struct ModelRegister: Sendable {
    /// All: whether a key fits shows in the secrets of every kind.
    private static let kinds = Set(RegistryRecord.Kind.allCases)

    private let registry: Registry
    private let keys: MasterKeySource
    private let inFile: [Deployment]
    private let file: String

    init(_ session: BrokerSession, _ settings: Settings) {
        registry = Registry(session)
        keys = MasterKeySource(settings.registry)
        inFile = settings.models.deployments
        file = settings.file ?? Settings.defaultFile
    }

    /// Those of the registry by their names, and why others can't be read.
    func all() async throws -> (entries: [DeploymentEntry], unreadable: [String]) {
        var found: (entries: [DeploymentEntry], unreadable: [String]) = ([], [])
        for record in try await registry.snapshot(of: [.deployment]).records(of: .deployment) {
            do throws(InvalidDeployment) {
                found.entries.append(try DeploymentEntry(record))
            } catch {
                found.unreadable.append("deployment \"\(record.id)\" can't be read: \(error)")
            }
        }
        return found
    }

    /// Nil when only the settings file has it, or nobody.
    func entry(_ name: String) async throws -> DeploymentEntry? {
        try await registry.snapshot(of: [.deployment]).record(.deployment, name).map { try DeploymentEntry($0) }
    }

    /// - Parameter replaces: whether an entry of the same name may be there.
    func add(_ entry: DeploymentEntry, replaces: Bool) async throws {
        let (keys, name) = (keys, entry.deployment.name)
        guard !inFile.contains(where: { $0.name == name }) else {
            throw CommandFailure(.failed, "deployment \"\(name)\" is in \(file)", remedy: "Change it there, or choose another name.")
        }
        try await registry.change(Self.kinds) { state in
            if !replaces, state.record(.deployment, name) != nil {
                throw CommandFailure(.failed, "deployment \"\(name)\" exists", remedy: "Replace it with --replace, or choose another name.")
            }
            return [try entry.record(sealedBy: try Self.seal(for: entry, keys, state))]
        }
    }

    /// Changes one member of an entry; its secrets stay sealed as they are.
    func change(_ name: String, _ member: String, to value: JSONValue) async throws -> DeploymentEntry {
        let keys = keys
        let state = try await registry.change(Self.kinds) { state in
            let entry = try DeploymentEntry(try record(name, in: state)).with(member, value)
            return [try entry.record(sealedBy: try Self.seal(for: entry, keys, state))]
        }
        return try DeploymentEntry(try record(name, in: state))
    }

    func remove(_ name: String) async throws {
        try await registry.change(Self.kinds) { state in
            var removal = try record(name, in: state)
            removal.value = nil
            removal.time = .now()
            return [removal]
        }
    }

    /// - Throws: ``CommandFailure`` when there is no such entry.
    private func record(_ name: String, in state: RegistryState) throws(CommandFailure) -> RegistryRecord {
        if let record = state.record(.deployment, name) { return record }
        throw missing(name, known: state.records(of: .deployment).map(\.id))
    }

    func missing(_ name: String, known: [String]) -> CommandFailure {
        if inFile.contains(where: { $0.name == name }) {
            return CommandFailure(.failed, "deployment \"\(name)\" is in \(file)", remedy: "Change it there; workers take it at once.")
        }
        let nearest = Spelling.nearest(to: name, in: known + inFile.map(\.name))
        return CommandFailure(
            .failed, "no deployment \"\(name)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""),
            remedy: "`moltbot models list` shows what there is.")
    }

    /// A deployment without keys of its own needs no master key.
    private static func seal(
        for entry: DeploymentEntry, _ keys: MasterKeySource, _ state: RegistryState
    ) throws(RegistryError) -> SecretSeal {
        SecretSeal(entry.hasPlainSecrets ? try keys.sealingKeys(for: state) : .none)
    }
}
