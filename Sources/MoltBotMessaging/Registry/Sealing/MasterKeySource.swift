package import MoltBotCore

/// Where a node has its master keys from: its settings, else a file.
package struct MasterKeySource: Sendable {
    private let setting: SecretString?
    private let file: MasterKeyFile?

    /// - Parameter setting: one key or several; wins over the file.
    package init(setting: SecretString?, file: MasterKeyFile?) {
        self.setting = setting
        self.file = file
    }

    /// The keys there are, none if there are none.
    /// - Throws: ``RegistryError`` of code `invalidKey` or `unusableKeyFile`.
    package func keys() throws(RegistryError) -> MasterKeys {
        guard let setting else { return try file?.read() ?? .none }
        do throws(RegistryError) {
            return try MasterKeys(setting)
        } catch {
            throw RegistryError(error.code, "registry.master_key (MOLTBOT_MASTER_KEY): \(error.message)", cause: error)
        }
    }

    /// The keys to seal new secrets with. The first secret of a registry makes the key file.
    /// - Throws: ``RegistryError``; of code `unknownKey` when the secrets that are there were sealed with keys of other nodes: these could
    ///   not open a secret that is sealed with a key they do not have.
    package func sealingKeys(for state: RegistryState) throws(RegistryError) -> MasterKeys {
        let keys = try keys()
        let inUse = RegistryRecord.Kind.allCases.flatMap { state.records(of: $0) }
            .reduce(into: Set<String>()) { $0.formUnion(SecretSeal.keyIDs(in: $1.value ?? .null)) }
        guard inUse.isEmpty || !inUse.isDisjoint(with: keys.ids) else {
            throw RegistryError(
                .unknownKey,
                "the registry's secrets are sealed with master key \(inUse.sorted().joined(separator: ", ")), which is not here: copy "
                    + "the key file of another node\(file.map { " to \($0.path)" } ?? ""), or set MOLTBOT_MASTER_KEY")
        }
        return keys.current == nil ? try file?.create() ?? keys : keys
    }
}
