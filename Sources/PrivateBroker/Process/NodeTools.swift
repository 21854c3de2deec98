import Subprocess
import SystemPackage

/// Commands against a running node: `rabbitmqctl`, and a plain remote call where milliseconds count.
struct NodeTools: Sendable {
    let installation: BrokerInstallation
    let environment: BrokerEnvironment

    /// Runs `rabbitmqctl` (about 0.4 s) and returns what it printed, at most 4 MB.
    func control(_ arguments: [String]) async throws(PrivateBrokerError) -> String {
        let printed: (output: String, error: String, isSuccess: Bool)
        do {
            let result = try await run(
                .path(FilePath(installation.control)),
                arguments: .init(["--quiet", "--node", environment.nodeName] + arguments),
                environment: .custom(.init(environment: environment)),
                output: .string(limit: 4 << 20),
                error: .string(limit: 1 << 20))
            printed = (result.standardOutput, result.standardError, result.terminationStatus.isSuccess)
        } catch {
            throw PrivateBrokerError(.controlFailed, "rabbitmqctl \(arguments.first ?? "") cannot be run.", cause: error)
        }
        guard printed.isSuccess else {
            // Only the command's name: its arguments may hold a password.
            throw PrivateBrokerError(
                .controlFailed, "rabbitmqctl \(arguments.first ?? "") failed: \((printed.error.isEmpty ? printed.output : printed.error))")
        }
        return printed.output
    }

    /// Takes the management plugin's event handler out before a shutdown.
    ///
    /// In 3.10.8 it never answers its supervisor's shutdown request, which then kills it after 5 s: the whole stop took 6.0 s,
    /// with this call it takes 1.0 s. Best effort, the stop is complete without it.
    func prepareShutdown() async {
        guard let remoteCall = installation.remoteCall else { return }
        _ = try? await run(
            .path(FilePath(remoteCall)),
            arguments: [
                "-n", environment.nodeName, "-timeout", "2", "-a", "gen_event delete_handler [rabbit_event,rabbit_mgmt_db_handler,[]]",
            ],
            environment: .custom(.init(environment: environment)),
            output: .discarded)
    }
}
