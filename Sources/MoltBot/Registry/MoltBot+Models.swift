internal import MoltBotCore
internal import MoltBotMessaging

extension MoltBot {
    /// Makes a model known to all workers, or changes the one of the same name. Its key is sealed with the master key, which
    /// ``Options/masterKey`` or ``Options/masterKeyFile`` has to give.
    /// - Throws: ``MoltBotError``: `invalidRequest` naming each field, `registry`, `closed`, `cancelled`.
    public func registerModel(_ model: Model) async throws(MoltBotError) {
        let (register, workspace) = (modelRegister, core.workspace)
        try await core.operations.run { try await register.set(try DeploymentEntry(model.document, workspace: workspace)) }
    }

    /// The models that are registered in the workspace, by their names. Keys come as ``Model/Key/sealed(_:)``.
    ///
    /// Models of a worker's own settings are not among them.
    public var models: [Model] {
        get async throws(MoltBotError) {
            let (register, workspace) = (modelRegister, core.workspace)
            return try await core.operations.run { try await register.all(in: workspace).entries.map { Model($0) } }
        }
    }

    /// - Throws: ``MoltBotError`` with code `registry` when there is no such model.
    public func removeModel(named name: String) async throws(MoltBotError) {
        let (register, workspace) = (modelRegister, core.workspace)
        try await core.operations.run { try await register.remove(name, in: workspace) }
    }

    private var modelRegister: ModelRegister { ModelRegister(core.session, keys: core.masterKeys) }
}
