import ArgumentParser
import MoltBotCore

/// How words of the command line are read that more than one command takes.
enum ArgumentSyntax {
    static func taskID(_ text: String) throws -> TaskID {
        guard let id = TaskID(text) else {
            throw ValidationError("'\(text)' is no task id; one has 1 to \(TaskID.maximumLength) visible ASCII characters")
        }
        return id
    }

    static func workspace(_ text: String) throws -> Workspace {
        guard let workspace = Workspace(text) else { throw ValidationError("'\(text)' is no workspace; its name has \(Workspace.rule)") }
        return workspace
    }
}
