import FoundationEssentials
import Glibc

/// One start of a stopped broker, under the state folder's lock.
struct BrokerStart: Sendable {
    let layout: BrokerLayout
    let installation: BrokerInstallation
    let options: PrivateBroker.Options

    /// How often ports are picked again when somebody else took one between our choice and the broker's listening on it.
    private static let portAttempts = 5

    func perform() async throws(PrivateBrokerError) -> RunningBroker {
        for folder in [layout.data, layout.logs, layout.configurationFragments] { try StateFile.makeDirectory(folder) }
        try FreeDisk.check(layout.root, atLeast: options.freeDiskLimit)
        try BrokerSecrets.ensureCookie(layout)
        let deadline = ContinuousClock.now + options.startDeadline
        let kept = try StateFile.value(BrokerIdentity.self, at: layout.identity)
        let nodeName = kept?.nodeName ?? "moltbot-\(BrokerSecrets.random(length: 8))@localhost"
        var attempt = 1
        while true {
            let identity = try await chooseIdentity(nodeName, keeping: kept)
            do {
                return try await boot(identity, until: deadline)
            } catch {
                // With kept ports free, the clash was on one of the ports picked for this run only.
                guard error.code == .portInUse, attempt < Self.portAttempts else { throw error }
                attempt += 1
            }
        }
    }

    /// The kept identity, or a new one with free ports. A kept port is never changed: clients hold the URL.
    private func chooseIdentity(_ nodeName: String, keeping kept: BrokerIdentity?) async throws(PrivateBrokerError) -> BrokerIdentity {
        var identity = if let kept { kept } else { try Self.newIdentity(nodeName) }
        if let port = options.amqpPort { identity.amqpPort = port }
        let deadline = ContinuousClock.now + options.portPatience
        for port in [identity.amqpPort] + (options.enablesManagement ? [identity.managementPort] : []) {
            guard await !Self.isFree(port, before: deadline) else { continue }
            throw PrivateBrokerError(
                .portInUse,
                "Port \(port) of the private broker is used by another program. End that program, or delete \(layout.identity) and "
                    + "\(layout.data) to begin with an empty broker on other ports.")
        }
        try StateFile.write(identity, to: layout.identity)
        return identity
    }

    private static func newIdentity(_ nodeName: String) throws(PrivateBrokerError) -> BrokerIdentity {
        let ports = FreePorts.pick(2, for: .kept)
        guard ports.count == 2 else { throw noPorts }
        return BrokerIdentity(nodeName: nodeName, amqpPort: ports[0], managementPort: ports[1])
    }

    private static func isFree(_ port: Int, before deadline: ContinuousClock.Instant) async -> Bool {
        while !FreePorts.isFree(port) {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(50))) != nil else { return false }
        }
        return true
    }

    private func boot(_ identity: BrokerIdentity, until deadline: ContinuousClock.Instant) async throws(PrivateBrokerError) -> RunningBroker
    {
        let password = try BrokerSecrets.password(layout)
        try BrokerConfiguration(layout: layout, identity: identity, password: password, options: options).write()
        let ports = FreePorts.pick(2, for: .run)
        guard ports.count == 2 else { throw Self.noPorts }
        let environment = BrokerEnvironment(
            layout: layout, nodeName: identity.nodeName, epmdPort: ports[0], distributionPort: ports[1])
        let log = BootLog(layout)
        let watch = try StartupWatch(file: layout.startupOutput)
        let launcher = NodeLauncher(installation: installation, environment: environment)
        let launched = try await Shield.run { () async throws(PrivateBrokerError) in try await launcher.launch() }
        let run = BrokerRun(
            pid: launched.node, epmdPid: launched.epmd, epmdPort: ports[0], distributionPort: ports[1],
            enablesManagement: options.enablesManagement, consumerTimeoutMilliseconds: options.consumerTimeout.wholeMilliseconds)
        // Just launched, so the pids are ours; the command line carries the marker only after three execs.
        let processes = [launched.node, launched.epmd].compactMap { VerifiedProcess(pid: $0, runningWith: []) }
        do {
            try StateFile.write(run, to: layout.run)
            try await waitUntilServing(identity, processes.first, watch, log, until: deadline)
        } catch {
            _ = try? await Shield.run { () async throws(PrivateBrokerError) in
                for process in processes { try process.send(SIGKILL) }
                for process in processes { _ = await process.waitForExit(within: .seconds(10)) }
            }
            try? FileManager.default.removeItem(atPath: layout.run)
            throw error
        }
        return RunningBroker(layout: layout, identity: identity, run: run, password: password)
    }

    private func waitUntilServing(
        _ identity: BrokerIdentity, _ node: VerifiedProcess?, _ watch: borrowing StartupWatch, _ log: BootLog,
        until deadline: ContinuousClock.Instant
    ) async throws(PrivateBrokerError) {
        guard let node else { throw log.explain(identity) }
        switch await watch.waitUntilReady(node, until: deadline) {
        case .ready:
            guard await HandshakeProbe.answers(port: identity.amqpPort, within: .seconds(10)) else {
                throw log.explain(identity)
            }
        case .exited:
            throw log.explain(identity)
        case .deadlinePassed:
            throw PrivateBrokerError(
                .startTimedOut, "The private broker was not ready after \(options.startDeadline) and was ended.",
                brokerLog: log.excerpt)
        case .cancelled:
            throw PrivateBrokerError(.cancelled, "The start of the private broker was cancelled; it was ended.")
        }
    }

    private static var noPorts: PrivateBrokerError {
        PrivateBrokerError(.portInUse, "This machine has no free ports for the private broker.")
    }
}
