internal import HTTPTypes
internal import MoltBotCore

/// Who sent a request, and what that entitles to. A caller sees its own workspace and nothing of the others.
struct Caller: Sendable, Equatable {
    /// For logs: the name of a key or the subject of a token, never the secret.
    var name: String
    var workspace: Workspace
    var scopes: Set<Scope>
    var grant = Grant.openServer

    /// Before it is known.
    static let nobody = Caller(name: "nobody", workspace: .default, scopes: [])
    /// Without keys, on a loopback address: whoever can open a connection owns this machine's MoltBot.
    static let local = Caller(name: "local", workspace: .default, scopes: [.admin])

    /// The workspace that the request is about: the caller's own one, or without keys the one that the parameter `workspace` names.
    /// Every address takes it, so that whoever sees a task in a list finds it by its id as well.
    /// - Throws: 403 for another one than the key's, 400 for what is none.
    mutating func choose(workspaceOf query: String?) throws(Problem) {
        guard let text = try Query.workspace(query) else { return }
        guard let workspace = Workspace(text) else { throw .invalidQuery("workspace", expected: Workspace.rule, got: text) }
        guard workspace == self.workspace || self == .local else {
            throw Problem(
                .forbidden, "other-workspace", "Not your workspace",
                "The key is for workspace \"\(self.workspace)\" and sees nothing of others.")
        }
        self.workspace = workspace
    }

    func may(_ scope: Scope) -> Bool { scopes.contains(.admin) || scopes.contains(scope) }
}
