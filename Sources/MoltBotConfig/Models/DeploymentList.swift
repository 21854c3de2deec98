import MoltBotCore
import Yams

/// The deployments of a settings file, read from its YAML with the lines they stand in.
struct DeploymentList {
    /// Where the list is, in messages.
    let name: String
    let file: String
    private(set) var deployments: [Deployment] = []
    private(set) var problems: [String] = []

    mutating func read(_ list: Node.Sequence) {
        var names: Set<String> = []
        for (index, node) in list.enumerated() {
            do throws(InvalidDeployment) {
                let deployment = try Deployment.decode(Self.json(node))
                if !names.insert(deployment.name).inserted {
                    report(
                        "\(name)[\(index)].name: \"\(deployment.name)\" is the name of two: give each its own, and share \"model\"",
                        at: node)
                }
                deployments.append(deployment)
            } catch {
                for problem in error.problems {
                    let path = problem.path.isEmpty ? "" : ".\(problem.path)"
                    report("\(name)[\(index)]\(path): \(problem.message)", at: Self.node(at: problem.path, in: node))
                }
            }
        }
    }

    private mutating func report(_ problem: String, at node: Node) {
        problems.append("\(file):\(node.mark?.line ?? 1):\(node.mark?.column ?? 1): \(problem)")
    }

    /// The node of a problem; of a member that is not there, the object that lacks it.
    private static func node(at path: String, in node: Node) -> Node {
        var node = node
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            if let index = Int(step), let sequence = node.sequence, sequence.indices.contains(index) {
                node = sequence[index]
            } else if let member = node.mapping?.first(where: { $0.key.string.map { $0[...] } == step }) {
                node = member.value.mark == nil ? member.key : member.value
            } else {
                return node
            }
        }
        return node
    }

    /// Durations have units here, as everywhere in the file.
    private static let durations: Set<String> = ["timeout"]

    static func json(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping {
                let name = key.string ?? ""
                members[name] = durations.contains(name) ? seconds(value) : json(value)
            }
            return .object(members)
        case .sequence(let sequence): return .array(sequence.map(json))
        case .scalar(let scalar): return json(scalar, node)
        case .alias: return .null
        }
    }

    private static func json(_ scalar: Node.Scalar, _ node: Node) -> JSONValue {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        if ["", "~", "null"].contains(scalar.string.lowercased()) { return .null }
        if let whole = node.int { return .integer(Int64(whole)) }
        if let number = node.float { return .number(number) }
        return ValueSyntax.flag(scalar.string).map { .bool($0) } ?? .string(scalar.string)
    }

    private static func seconds(_ node: Node) -> JSONValue {
        guard let text = node.scalar?.string, let duration = ValueSyntax.duration(text) else { return json(node) }
        return .number(duration / .seconds(1))
    }
}
