import MoltBotCore
import Yams

/// Walks a settings file's text: takes the values and their lines, and finds keys that don't exist and values of the wrong shape.
struct SettingsFileCheck {
    /// What stands behind a key.
    enum Value: Sendable {
        case text(String)
        case list([String])
    }

    let file: String
    /// Line of each setting, by its name.
    private(set) var lines: [String: Int] = [:]
    private(set) var values: [String: Value] = [:]
    private(set) var deployments: [Deployment] = []
    private(set) var workspaceLimits: [Workspace: RateLimits] = [:]
    private var problems: [String] = []
    private static let modelsSection = "models"
    private let keys = Dictionary(SettingKey.all.map { ($0.name, $0) }) { first, _ in first }

    init(file: String) {
        self.file = file
    }

    mutating func run(_ text: String) throws(SettingsError) {
        if let root = try compose(text) {
            if let mapping = root.mapping {
                walk(mapping, under: [])
            } else if root.scalar?.string.isEmpty != true {
                report("the file is no mapping: write lines such as 'log: {level: debug}'", at: root.mark)
            }
        }
        guard problems.isEmpty else { throw SettingsError(.invalidFile, problems) }
    }

    private func compose(_ text: String) throws(SettingsError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw SettingsError(.invalidFile, ["\(file):\(Self.describe(error))"], cause: error)
        } catch {
            throw SettingsError(.invalidFile, ["\(file):1:1: the YAML can't be read: \(error)"], cause: error)
        }
    }

    private static func describe(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            "\(mark.line):\(mark.column): the YAML can't be read: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            "\(context.mark.line):\(context.mark.column): \(duplicates.map { "'\($0)'" }.joined(separator: ", ")) is written twice: remove one"
        default:
            "1:1: the YAML can't be read: \(error)"
        }
    }

    private mutating func walk(_ mapping: Node.Mapping, under path: [String]) {
        for (keyNode, value) in mapping {
            guard let word = keyNode.string else {
                report("a key has to be a word", at: keyNode.mark)
                continue
            }
            let name = (path + [word]).joined(separator: ".")
            if let key = keys[name] {
                lines[name] = keyNode.mark?.line
                checkShape(of: value, for: key, at: value.mark ?? keyNode.mark)
            } else if name == Self.modelsSection, let list = value.sequence {
                // A list in place of the section is its deployments, and nothing else.
                lines[SettingKey.modelDeployments.name] = keyNode.mark?.line
                read(list, for: .modelDeployments)
            } else if keys.keys.contains(where: { $0.hasPrefix(name + ".") }) {
                walkSection(value, path + [word], at: keyNode.mark)
            } else {
                reportUnknown(word, under: path, at: keyNode.mark)
            }
        }
    }

    /// A section with nothing below it is as good as none: all its lines may be commented out.
    private mutating func walkSection(_ value: Node, _ path: [String], at mark: Mark?) {
        if let mapping = value.mapping {
            walk(mapping, under: path)
        } else if !Self.isNull(value) {
            report("'\(path.joined(separator: "."))' is a section: put its keys below it, indented", at: mark)
        }
    }

    private mutating func checkShape(of value: Node, for key: SettingKey, at mark: Mark?) {
        if Self.isNull(value) {
            report("\(key.name) has no value: give \(key.form.rawValue), or remove the line", at: mark)
        } else if key.form == .deployments {
            guard let list = value.sequence else {
                return report("\(key.name) is a list: write - name: ... for each", at: mark)
            }
            read(list, for: key)
        } else if key.form == .workspaceLimits {
            guard let mapping = value.mapping else {
                return report("\(key.name) is a section: write the name of a workspace and its limits below it, indented", at: mark)
            }
            read(mapping, for: key)
        } else if key.isList {
            guard let elements = value.sequence, elements.allSatisfy({ $0.scalar != nil }) else {
                return report("\(key.name) is a list: write [one, two]", at: mark)
            }
            values[key.name] = .list(elements.compactMap { $0.scalar?.string })
        } else if let scalar = value.scalar {
            values[key.name] = .text(scalar.string)
        } else {
            report("\(key.name) is one value: give \(key.form.rawValue)", at: mark)
        }
    }

    private mutating func read(_ list: Node.Sequence, for key: SettingKey) {
        var reading = DeploymentList(name: key.name, file: file)
        reading.read(list)
        problems += reading.problems
        deployments = reading.deployments
        values[key.name] = .text(deployments.map(\.name).joined(separator: ", "))
    }

    private mutating func read(_ mapping: Node.Mapping, for key: SettingKey) {
        var reading = WorkspaceLimitList(name: key.name, file: file)
        reading.read(mapping)
        problems += reading.problems
        workspaceLimits = reading.limits
        values[key.name] = .text(workspaceLimits.keys.map(\.name).sorted().joined(separator: ", "))
    }

    private mutating func reportUnknown(_ word: String, under path: [String], at mark: Mark?) {
        let siblings = Set(
            keys.keys.map { $0.split(separator: ".").map(String.init) }
                .filter { $0.count > path.count && Array($0.prefix(path.count)) == path }
                .map { $0[path.count] })
        let place = path.isEmpty ? "" : " in '\(path.joined(separator: "."))'"
        let hint =
            Spelling.nearest(to: word, in: siblings.sorted()).map { "did you mean '\($0)'?" }
            ?? "known here: \(siblings.sorted().joined(separator: ", "))"
        report("unknown key '\(word)'\(place): \(hint)", at: mark)
    }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style != .singleQuoted, scalar.style != .doubleQuoted else { return false }
        return ["", "~", "null"].contains(scalar.string.lowercased())
    }

    private mutating func report(_ problem: String, at mark: Mark?) {
        problems.append("\(file):\(mark?.line ?? 1):\(mark?.column ?? 1): \(problem)")
    }
}
