import FoundationEssentials
import Subprocess
import SystemPackage

/// Runs one child process from its start to its end and reports both.
struct ChildLaunch: Sendable {
    private static let keptLines = 20_000

    /// What this process was started with: other tests set variables of their own for a while, such as a proxy (environ in proc(5)).
    private static let inherited: [String: String] = {
        let text = FileManager.default.contents(atPath: "/proc/self/environ").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let pairs = text.split(separator: "\0").compactMap { entry -> (String, String)? in
            guard let equals = entry.firstIndex(of: "=") else { return nil }
            return (String(entry[..<equals]), String(entry[entry.index(after: equals)...]))
        }
        return [String: String](pairs) { first, _ in first }
    }()

    private let executable: Executable
    private let arguments: Arguments
    private let environment: Environment
    private let input: String
    private let workingDirectory: FilePath?
    private let starts = Recorder<Result<ChildProcess, any Error>>()

    init(executable: String, arguments: [String], environment: [String: String], input: String, workingDirectory: String?) async throws {
        self.executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        self.arguments = Arguments(arguments)
        var variables = Self.inherited.filter { !$0.key.hasPrefix("MOLTBOT_") }
        variables.merge(environment) { _, new in new }
        variables[TestRun.marker] = try await TestRun.directory
        self.environment = .custom([Environment.Key: String](uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) }))
        self.input = input
        self.workingDirectory = workingDirectory.map { FilePath($0) }
    }

    /// The process once it runs; throws when it cannot be started.
    func child() async throws -> ChildProcess {
        let start = try await starts.atLeast(1, "the process to start").first
        guard let start else { throw TestSupportError(.setUpFailed, "The process did not start.") }
        return try start.get()
    }

    func perform() async {
        let output = Recorder<String>(limit: Self.keptLines)
        let errorOutput = Recorder<String>(limit: Self.keptLines)
        let exits = Recorder<ChildProcess.Exit>()
        do {
            let result = try await run(
                executable, arguments: arguments, environment: environment, workingDirectory: workingDirectory,
                input: .string(input), output: .sequence, error: .sequence
            ) { execution in
                let child = ChildProcess(
                    pid: execution.processIdentifier.value, output: output, errorOutput: errorOutput, exits: exits,
                    sender: { try execution.send(signal: $0) })
                starts.record(.success(child))
                async let errorLines: Void = Self.read(execution.standardError, into: errorOutput)
                await Self.read(execution.standardOutput, into: output)
                await errorLines
                child.forgetProcess()
            }
            switch result.terminationStatus {
            case .exited(let code): exits.record(.code(code))
            case .signaled(let signal): exits.record(.signal(signal))
            }
        } catch {
            starts.record(.failure(error))
        }
        exits.finish()
    }

    private static func read(_ sequence: SubprocessOutputSequence, into lines: Recorder<String>) async {
        do {
            for try await line in sequence.strings() { lines.record(line) }
        } catch {
            lines.record("[the output cannot be read further: \(error)]")
        }
        lines.finish()
    }
}
