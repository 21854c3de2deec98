import Glibc
import Subprocess
import SystemPackage

/// Starts the broker's two processes so that they outlive their starter: epmd and the Erlang machine.
struct NodeLauncher: Sendable {
    let installation: BrokerInstallation
    let environment: BrokerEnvironment

    /// The shell is the leader of a new session (no terminal, no signals from one) and exits at once, so both processes
    /// become children of init: nothing of them stays in the starter, neither descriptors nor zombies.
    private static let script = """
        "$1" -port "$2" -address 127.0.0.1 </dev/null >/dev/null 2>&1 &
        echo $!
        "$3" </dev/null >"$4" 2>&1 &
        echo $!
        """

    /// - Returns: the pids of epmd and of the Erlang machine.
    func launch() async throws(PrivateBrokerError) -> (epmd: Int32, node: Int32) {
        var platform = PlatformOptions()
        platform.createSession = true
        let output: String
        do {
            output = try await run(
                .path("/bin/sh"),
                arguments: [
                    "-c", Self.script, "moltbot-broker", installation.epmd, String(environment.epmdPort), installation.server,
                    environment.layout.startupOutput,
                ],
                environment: .custom(.init(environment: environment)),
                workingDirectory: FilePath(environment.layout.root),
                platformOptions: platform,
                output: .string(limit: 256)
            ).standardOutput
        } catch {
            throw PrivateBrokerError(.bootFailed, "The broker's start script cannot be run.", cause: error)
        }
        let pids = output.split(separator: "\n").compactMap { Int32($0) }
        guard pids.count == 2 else {
            throw PrivateBrokerError(.bootFailed, "The broker's start script printed no process ids.")
        }
        return (pids[0], pids[1])
    }
}

extension [Environment.Key: String] {
    init(environment: BrokerEnvironment) {
        self.init(uniqueKeysWithValues: environment.variables.map { (Environment.Key(stringLiteral: $0), $1) })
    }
}
