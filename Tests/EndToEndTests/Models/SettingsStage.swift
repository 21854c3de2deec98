import Foundation
import MoltBotCore
import Synchronization
import TestSupport

/// A worker process whose settings file changes under it, and a program that gives it tasks.
final class SettingsStage: Sendable {
    private static let file = "config/gateway.yaml"

    let spectator: Spectator
    private let terminal: ModelTerminal
    private let worker: ChildProcess
    private let count = Mutex((readings: 0, tasks: 0))

    private init(_ terminal: ModelTerminal, _ worker: ChildProcess, _ spectator: Spectator) {
        self.terminal = terminal
        self.worker = worker
        self.spectator = spectator
    }

    /// Starts a worker with a settings file.
    static func run(_ yaml: String, files: [String: String] = [:], _ body: @escaping @Sendable (SettingsStage) async throws -> Void)
        async throws
    {
        try await withModelTerminal(files: files.merging([file: yaml]) { _, new in new }) { terminal in
            for name in files.keys where name.hasSuffix("auth.json") {
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: terminal.folder.path + "/" + name)
            }
            try await terminal.withWorker { worker in
                try await withSpectator(url: terminal.url) { try await body(SettingsStage(terminal, worker, $0)) }
            }
        }
    }

    /// Writes other settings, or another file that they name, and returns when they are in force.
    func change(_ file: String = file, to text: String) async throws {
        try terminal.folder.write(text, to: file)
        let readings = count.withLock { count in
            count.readings += 1
            return count.readings
        }
        try await worker.errorOutput.lines(readings, containing: "The models' settings were read again")
    }

    /// Returns when the worker has said that.
    func hear(_ text: String) async throws { try await worker.errorOutput.lines(1, containing: text) }

    /// The outcome of a task with these members beside a prompt.
    func outcome(_ members: String = #""model": "gpt""#, prompt: String = "Hello") async throws -> TaskOutcome {
        let id = count.withLock { count in
            count.tasks += 1
            return "task-\(count.tasks)"
        }
        try await spectator.publish(#"{"prompt": "\#(prompt)", \#(members)}"#, id: id)
        return try await spectator.outcome(of: id)
    }

    /// The deployments that answer so many tasks, one after the other.
    func answerers(_ tasks: Int = 4, _ members: String = #""model": "gpt""#) async throws -> Set<String> {
        var names: Set<String> = []
        for _ in 0..<tasks { names.insert(try await outcome(members).deployment ?? "none") }
        return names
    }
}
