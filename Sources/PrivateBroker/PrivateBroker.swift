import FoundationEssentials
import Glibc
package import Logging

/// RabbitMQ, run as the current user for one state folder and shared with nobody: own node name, ports on loopback, data, logs,
/// plugins, cookie and name service below `<state>/broker`.
///
/// The broker is a process of its own. It outlives the program that started it, and any program with access to the state folder
/// can look after it; a file lock keeps their starts and stops apart. Several private brokers run side by side.
package struct PrivateBroker: Sendable {
    let layout: BrokerLayout
    private let logger: Logger
    private let scriptDirectories: [String]

    /// - Parameters:
    ///   - stateDirectory: the folder whose `broker` subfolder holds everything; absolute, or relative to the working directory.
    ///   - scriptDirectories: where to look for `rabbitmq-server` instead of the packages' usual places.
    package init(stateDirectory: String, logger: Logger, scriptDirectories: [String]? = nil) {
        layout = BrokerLayout(stateDirectory: AbsolutePath.of(stateDirectory))
        self.logger = logger
        self.scriptDirectories = scriptDirectories ?? BrokerInstallation.scriptDirectories
    }

    /// Starts the broker, or returns the one that runs already.
    ///
    /// Returns when clients are served, about 4 s after the call on a small machine. The first start makes the node name, the
    /// ports and the password; later ones keep them, so the URL and the data survive.
    package func start(options: Options = Options()) async throws(PrivateBrokerError) -> RunningBroker {
        let installation = try BrokerInstallation.find(in: scriptDirectories)
        try StateFile.makeDirectory(layout.root)
        let lock = try await StateLock(layout.lock)
        defer { lock.release() }
        switch await status() {
        case .running(let broker): return broker
        case .notResponding(let pid): throw notResponding(pid)
        case .stopped: break
        }
        try await endRun(node: nil)
        let began = ContinuousClock.now
        let broker = try await BrokerStart(layout: layout, installation: installation, options: options).perform()
        logger.info(
            "private broker started", metadata: ["broker": "\(broker)", "seconds": "\((ContinuousClock.now - began) / .seconds(1))"])
        return broker
    }

    /// Shuts the broker down and ends its name service; nothing of it runs afterwards. Does nothing when it is stopped.
    ///
    /// Takes about a second. A broker that has not ended after 30 s is killed, which costs it a recovery at the next start.
    /// Cancelling the calling task changes nothing.
    package func stop() async throws(PrivateBrokerError) {
        try await Shield.run { () async throws(PrivateBrokerError) in try await shutDown() }
    }

    private func shutDown() async throws(PrivateBrokerError) {
        guard try currentRun() != nil else { return }
        let lock = try await StateLock(layout.lock)
        defer { lock.release() }
        let node = try node()
        if let node {
            // A suspended process would answer neither of the two requests that follow.
            try node.send(SIGCONT)
            if let tools = try? tools() { await tools.prepareShutdown() }
            try node.send(SIGTERM)
            if await !node.waitForExit(within: .seconds(30)) {
                logger.warning("private broker did not shut down in 30 s and is killed", metadata: ["pid": "\(node.pid)"])
            }
        }
        // The same handle again: a process that is ending has no command line to know it by, and still holds its ports.
        try await endRun(node: node)
        logger.info("private broker stopped")
    }

    /// Ends the broker's process at once, as a power failure would. Confirmed messages survive. Does nothing when it is stopped.
    package func kill() async throws(PrivateBrokerError) {
        try await Shield.run { () async throws(PrivateBrokerError) in
            guard try currentRun() != nil else { return }
            let lock = try await StateLock(layout.lock)
            defer { lock.release() }
            try await endRun(node: node())
        }
    }

    /// Looks at the process and asks its AMQP port for an answer, for at most 5 s.
    package func status() async -> Status {
        guard let run = try? currentRun(), let node = try? node(), let identity = try? identity(), let password = try? password() else {
            return .stopped
        }
        guard await HandshakeProbe.answers(port: identity.amqpPort, within: .seconds(5)) else { return .notResponding(pid: node.pid) }
        return .running(RunningBroker(layout: layout, identity: identity, run: run, password: password))
    }

    /// Suspends the broker's process: connections stay open and nothing is answered, like a frozen machine. It stands still when this
    /// returns; when this throws, it may do so later.
    package func pause() async throws(PrivateBrokerError) {
        try await runningNode().suspend(within: .seconds(60))
    }

    /// Lets a suspended broker go on.
    package func resume() throws(PrivateBrokerError) {
        try runningNode().send(SIGCONT)
    }

    /// Runs `rabbitmqctl` against this broker, e.g. `["set_vm_memory_high_watermark", "0.4"]`, and returns what it printed.
    package func control(_ arguments: [String]) async throws(PrivateBrokerError) -> String {
        _ = try runningNode()
        return try await tools().control(arguments)
    }
}

extension PrivateBroker {
    private func currentRun() throws(PrivateBrokerError) -> BrokerRun? {
        try StateFile.value(BrokerRun.self, at: layout.run)
    }

    private func identity() throws(PrivateBrokerError) -> BrokerIdentity? {
        try StateFile.value(BrokerIdentity.self, at: layout.identity)
    }

    private func password() throws(PrivateBrokerError) -> String? {
        StateFile.text(at: layout.password)
    }

    /// The recorded process, if it still is our node.
    private func node() throws(PrivateBrokerError) -> VerifiedProcess? {
        guard let run = try currentRun(), let identity = try identity() else { return nil }
        return VerifiedProcess(pid: run.pid, runningWith: [BrokerEnvironment.nodeMarker, identity.nodeName])
    }

    private func runningNode() throws(PrivateBrokerError) -> VerifiedProcess {
        guard let node = try node() else {
            throw PrivateBrokerError(.notRunning, "The private broker is not running. Start it with `moltbot broker start`.")
        }
        return node
    }

    private func tools() throws(PrivateBrokerError) -> NodeTools {
        guard let run = try currentRun(), let identity = try identity() else {
            throw PrivateBrokerError(.notRunning, "The private broker is not running. Start it with `moltbot broker start`.")
        }
        let environment = BrokerEnvironment(
            layout: layout, nodeName: identity.nodeName, epmdPort: run.epmdPort, distributionPort: run.distributionPort)
        return NodeTools(installation: try BrokerInstallation.find(in: scriptDirectories), environment: environment)
    }

    /// Kills what is left of the recorded run and forgets it.
    private func endRun(node: VerifiedProcess?) async throws(PrivateBrokerError) {
        guard let run = try currentRun() else { return }
        let epmd = VerifiedProcess(pid: run.epmdPid, runningWith: BrokerEnvironment.epmdMarker(port: run.epmdPort))
        for process in [node, epmd].compactMap(\.self) {
            try process.send(SIGKILL)
            guard await process.waitForExit(within: .seconds(10)) else {
                throw PrivateBrokerError(.stopFailed, "The broker's process \(process.pid) did not end within 10 s of being killed.")
            }
        }
        try? FileManager.default.removeItem(atPath: layout.run)
    }

    private func notResponding(_ pid: Int32) -> PrivateBrokerError {
        PrivateBrokerError(
            .notResponding,
            "The private broker's process \(pid) exists and does not answer. Stop the broker (`moltbot broker stop`), then start it again. "
                + "Its log is \(layout.logFile).")
    }
}
