import Foundation
import Logging
import MoltBotConfig
import Subprocess
import Synchronization
import SystemPackage

/// A service of MoltBot, `moltbot worker` for example, in a process of its own, which can be killed as an operator's mistake or the kernel
/// would.
final class ServiceProcess: Sendable {
    /// Kept for the error message of one that does not come up.
    private static let keptLines = 5

    let name: String
    private let readyWords: String
    private let logger: Logger
    private let configuration: Subprocess.Configuration
    private let readiness = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(1))
    private let ends = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// Nil while the process does not run: its pid may be somebody else's.
    private let sender = Mutex<(@Sendable (Signal) throws -> Void)?>(nil)
    private let lastLines = Mutex<[String]>([])

    /// - Parameters:
    ///   - arguments: of `moltbot`; everybody on the machine can read them.
    ///   - settings: all that it gets: nothing comes from the environment or a file.
    ///   - folder: its working directory, without a settings file in it.
    ///   - readyWords: what the line begins with that says that it works.
    init(
        name: String, _ arguments: [String], settings: [SettingKey: String], folder: String, readyWords: String, logger: Logger
    ) throws {
        self.name = name
        self.readyWords = readyWords
        self.logger = logger
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var changes: [Environment.Key: String?] = ["MOLTBOT_CONFIG": nil]
        for key in SettingKey.all { changes[Environment.Key(stringLiteral: key.variable)] = .some(settings[key]) }
        var options = PlatformOptions()
        // Ctrl-C at the terminal is for the command that started this, which then ends it.
        options.createSession = true
        configuration = Subprocess.Configuration(
            executable: .path(FilePath(executable)), arguments: Arguments(arguments), environment: .inherit.updating(changes),
            workingDirectory: FilePath(folder), platformOptions: options)
    }

    /// Runs the process to its end. Cancelling kills it.
    func run() async throws {
        defer {
            readiness.continuation.finish()
            ends.continuation.finish()
        }
        _ = try await Subprocess.run(configuration, input: .none, output: .discarded, error: .sequence) { execution in
            sender.withLock { $0 = { try execution.send(signal: $0) } }
            defer { sender.withLock { $0 = nil } }
            for try await line in execution.standardError.strings() {
                keep(line)
                logger.info("\(name): \(line)")
                if line.hasPrefix(readyWords) { readiness.continuation.yield(execution.processIdentifier.value) }
            }
        }
    }

    /// Waits until it works.
    /// - Returns: its pid.
    func ready() async throws -> Int32 {
        for await pid in readiness.stream { return pid }
        try Task.checkCancellation()
        throw CommandFailure(.failed, "\(name) ended before it was ready: \(lastLines.withLock { $0.joined(separator: " | ") })")
    }

    /// SIGKILL: no goodbye.
    func kill() throws { try send(.kill) }

    /// SIGTERM, then waits until it has finished what it was doing.
    func stop() async throws {
        try send(.terminate)
        await ended()
    }

    func ended() async {
        for await _ in ends.stream {}
    }

    private func send(_ signal: Signal) throws {
        try sender.withLock { try $0?(signal) }
    }

    private func keep(_ line: String) {
        lastLines.withLock { lines in
            lines.append(line)
            if lines.count > Self.keptLines { lines.removeFirst() }
        }
    }
}
