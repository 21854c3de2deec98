import MoltBotCore
import Yams

/// The limits of workspaces in a settings file, read from its YAML with the lines they stand in.
struct WorkspaceLimitList {
    /// Where the section is, in messages.
    let name: String
    let file: String
    private(set) var limits: [Workspace: RateLimits] = [:]
    private(set) var problems: [String] = []

    mutating func read(_ mapping: Node.Mapping) {
        for (key, value) in mapping {
            let word = key.string ?? ""
            guard let workspace = Workspace(word) else {
                report("\(name): \"\(word)\" is no name of a workspace: \(Workspace.rule)", at: key)
                continue
            }
            do throws(InvalidDeployment) {
                limits[workspace] = try RateLimits.decode(DeploymentList.json(value))
            } catch {
                for problem in error.problems { report("\(name).\(word): \(problem)", at: value.mark == nil ? key : value) }
            }
        }
    }

    private mutating func report(_ problem: String, at node: Node) {
        problems.append("\(file):\(node.mark?.line ?? 1):\(node.mark?.column ?? 1): \(problem)")
    }
}
