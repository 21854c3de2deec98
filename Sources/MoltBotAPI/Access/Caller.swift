internal import MoltBotCore

/// Who sent a request, and what that entitles to. A caller sees its own workspace and nothing of the others.
struct Caller: Sendable, Equatable {
    /// For logs: the name of a key or the subject of a token, never the secret.
    var name: String
    var workspace: Workspace
    var scopes: Set<Scope>

    /// Before it is known.
    static let nobody = Caller(name: "nobody", workspace: .default, scopes: [])
    /// Without keys, on a loopback address: whoever can open a connection owns this machine's MoltBot.
    static let local = Caller(name: "local", workspace: .default, scopes: [.admin])

    /// Whether it may look at a workspace's tasks; all others do not exist for it.
    func sees(_ workspace: Workspace) -> Bool { workspace == self.workspace || self == .local }

    func may(_ scope: Scope) -> Bool { scopes.contains(.admin) || scopes.contains(scope) }
}
