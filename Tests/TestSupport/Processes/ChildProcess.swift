import FoundationEssentials
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// A real process started by a test. See ``withChildProcess(_:_:environment:input:workingDirectory:_:)``.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// What can be sent to it.
    package enum Signal: Sendable {
        case terminate, interrupt, hangUp, kill
        /// Freezes the process (SIGSTOP) and lets it go on (SIGCONT).
        case suspend, resume
    }

    package let pid: Int32
    /// The lines it printed, newest 20,000.
    package let output: Recorder<String>
    /// The lines of its standard error, newest 20,000.
    package let errorOutput: Recorder<String>
    let exits: Recorder<Exit>
    /// `nil` once the process has ended: its pid may then be somebody else's.
    private let sender: Mutex<(@Sendable (Subprocess.Signal) throws -> Void)?>

    init(
        pid: Int32, output: Recorder<String>, errorOutput: Recorder<String>, exits: Recorder<Exit>,
        sender: @escaping @Sendable (Subprocess.Signal) throws -> Void
    ) {
        self.pid = pid
        self.output = output
        self.errorOutput = errorOutput
        self.exits = exits
        self.sender = Mutex(sender)
    }

    /// Sends a signal; does nothing when the process has ended.
    package func send(_ signal: Signal) throws {
        try sender.withLock { try $0?(signal.value) }
    }

    /// Waits for the process to end and its output to be read.
    package func waitForExit(within duration: Duration = .seconds(60)) async throws -> Exit {
        guard let exit = try await exits.atLeast(1, "process \(pid) to exit", within: duration).first else {
            throw TestSupportError(.ended, "Process \(pid) ended without a status.")
        }
        return exit
    }

    func forgetProcess() {
        sender.withLock { $0 = nil }
    }
}

extension ChildProcess.Signal {
    fileprivate var value: Subprocess.Signal {
        switch self {
        case .terminate: .terminate
        case .interrupt: .interrupt
        case .hangUp: .terminalClosed
        case .kill: .kill
        case .suspend: .suspend
        case .resume: .resume
        }
    }
}

/// Starts an executable for the length of `body`. It is killed when the body returns or throws, and also when the test process dies.
///
/// - Parameters:
///   - executable: an absolute path, or a name to find on `PATH`.
///   - environment: changes to this process' environment; its own `MOLTBOT_*` variables are not passed on.
///   - input: what it reads from standard input before the end of file.
package func withChildProcess<Result>(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = "",
    workingDirectory: String? = nil, _ body: (ChildProcess) async throws -> Result
) async throws -> Result {
    let launch = try await ChildLaunch(
        executable: executable, arguments: arguments, environment: environment, input: input, workingDirectory: workingDirectory)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await launch.perform() }
        let child = try await launch.child()
        // Before the group waits for the process, also when the body throws.
        defer { try? child.send(.kill) }
        return try await body(child)
    }
}

/// Runs an executable to its end and returns everything it printed.
package func runToEnd(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = "",
    workingDirectory: String? = nil, within duration: Duration = .seconds(60)
) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
    try await withChildProcess(executable, arguments, environment: environment, input: input, workingDirectory: workingDirectory) { child in
        let exit = try await child.waitForExit(within: duration)
        return (exit, child.output.elements.joined(separator: "\n"), child.errorOutput.elements.joined(separator: "\n"))
    }
}
