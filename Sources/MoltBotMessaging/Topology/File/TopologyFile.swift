import Foundation
import MoltBotCore
import Yams

/// A topology file: YAML that says which exchanges, queues, bindings and policies MoltBot needs.
///
/// The format is described by `topology/moltbot.yaml` itself, which is also built into the program (``builtIn``).
package struct TopologyFile: Sendable {
    /// What messages call it: the path as given, or `(built-in) moltbot.yaml`.
    package let name: String
    package let topology: Topology

    /// Reads the text of a topology file.
    ///
    /// - Throws: ``TopologyError`` of code `invalidFile` with all problems, each as `file:line:column: ...`.
    package init(name: String, yaml: String) throws(TopologyError) {
        var parser = TopologyParser(fileName: name)
        parser.parse(try Self.compose(yaml, name: name))
        guard parser.reader.problems.isEmpty else { throw TopologyError(.invalidFile, parser.reader.problems.lines) }
        self.name = name
        self.topology = parser.topology
    }

    /// Reads the file at `path`.
    package init(path: String) throws(TopologyError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw TopologyError(
                .unreadableFile, "\(path): \(FileProblem.text(path)); give the path of a topology file with --topology", cause: error)
        }
        guard let yaml = String(validating: data, as: UTF8.self) else {
            throw TopologyError(.invalidFile, "\(path):1:1: the file is not UTF-8 text: save it as UTF-8")
        }
        try self.init(name: path, yaml: yaml)
    }

    /// The file that a command uses: the one that `--topology` names, else `topology/moltbot.yaml` in the working directory,
    /// else the copy of it that is part of the program.
    package static func find(_ path: String?) throws(TopologyError) -> TopologyFile {
        if let path { return try TopologyFile(path: path) }
        let local = "topology/moltbot.yaml"
        guard FileManager.default.fileExists(atPath: local) else { return try builtIn() }
        return try TopologyFile(path: local)
    }

    /// `topology/moltbot.yaml` as it was when the program was built.
    package static func builtIn() throws(TopologyError) -> TopologyFile {
        try TopologyFile(name: "(built-in) moltbot.yaml", yaml: String(decoding: PackageResources.moltbot_yaml, as: UTF8.self))
    }
}

extension TopologyFile {
    private static func compose(_ yaml: String, name: String) throws(TopologyError) -> Node {
        var problems = FileProblems(fileName: name)
        do {
            if let node = try Yams.compose(yaml: yaml) { return node }
            problems.report("the file is empty: start with 'version: 1'", line: 1, column: 1)
        } catch let error as YamlError {
            problems.report(error, in: yaml)
        } catch {
            problems.report("the YAML can't be read: \(error)", line: 1, column: 1)
        }
        throw TopologyError(.invalidFile, problems.lines)
    }
}

extension FileProblems {
    fileprivate mutating func report(_ error: YamlError, in yaml: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            report("the YAML can't be read: \(problem)", line: mark.line, column: mark.column)
        case .duplicatedKeysInMapping(let duplicates, let context):
            for key in duplicates {
                let line = Self.lineOfSecond(key, after: context.mark.line, in: yaml)
                report("'\(key)' is written twice: rename or remove one", line: line, column: context.mark.column)
            }
        case .reader(let problem, _, _, _):
            report("the YAML can't be read: \(problem)", line: 1, column: 1)
        default:
            report("the YAML can't be read: \(error)", line: 1, column: 1)
        }
    }

    /// Yams points at the first of two equal keys; the second is the one to look at.
    private static func lineOfSecond(_ key: String, after line: Int, in yaml: String) -> Int {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        let second = lines.indices.dropFirst(line).first { index in
            lines[index].drop { $0 == " " || $0 == "\"" || $0 == "'" }.hasPrefix(key + ":")
        }
        return second.map { $0 + 1 } ?? line
    }
}
