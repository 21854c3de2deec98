import FoundationEssentials
import Logging
import Testing

@testable import PrivateBroker
@testable import TestSupport

/// What a person reads when the broker cannot start, and that nothing is left running or hurt.
@Suite struct StartFailureTests {
    @Test func saysHowToInstallRabbitMQ() async throws {
        let broker = try await makeBroker(scriptDirectories: ["/nonexistent/sbin"])
        let error = await #expect(throws: PrivateBrokerError.self) { try await broker.start() }
        #expect(error?.code == .notInstalled)
        #expect(error?.message.contains("apt-get install rabbitmq-server") == true)
        #expect(error?.message.contains("make setup") == true)
    }

    @Test func saysThatTheStateFolderIsUnusable() async throws {
        let file = try await TestRun.makeDirectory("state") + "/file"
        try Data("not a folder".utf8).write(to: URL(filePath: file))
        let broker = PrivateBroker(stateDirectory: file, logger: Logger(label: "test"))
        let error = await #expect(throws: PrivateBrokerError.self) { try await broker.start() }
        #expect(error?.code == .stateUnusable)
        #expect(error?.message.contains(file) == true)
    }

    @Test func namesThePortThatIsTaken() async throws {
        let broker = try await makeBroker()
        try await withModelServer { occupant in
            var options = PrivateBroker.Options()
            options.amqpPort = occupant.port
            let error = await #expect(throws: PrivateBrokerError.self) { try await broker.start(options: options) }
            #expect(error?.code == .portInUse)
            #expect(error?.message.contains("\(occupant.port)") == true)
        }
    }

    /// A broker that was killed a moment ago may still hold its ports while the kernel takes it apart.
    @Test func waitsForAPortThatIsAboutToBeFree() async throws {
        let broker = try await makeBroker()
        let port = try #require(FreePorts.pick(1, for: .kept).first)
        try await withModelServer(port: port) { occupant in
            var options = PrivateBroker.Options()
            options.freeDiskLimit = 1 << 20
            options.amqpPort = occupant.port
            options.portPatience = .seconds(60)
            async let running = broker.start(options: options)
            // The start has to have found it taken; nothing tells.
            try await Task.sleep(for: .milliseconds(500))
            await occupant.stop()
            #expect(try await running.amqpPort == occupant.port)
        }
        try await broker.kill()
    }

    @Test func saysThatTheDiskIsFull() async throws {
        let broker = try await makeBroker()
        var options = PrivateBroker.Options()
        options.freeDiskLimit = 1 << 60
        let error = await #expect(throws: PrivateBrokerError.self) { try await broker.start(options: options) }
        #expect(error?.code == .diskFull)
    }

    @Test func showsTheLogOfABrokerThatDoesNotBoot() async throws {
        let broker = try await makeBroker()
        var options = PrivateBroker.Options()
        options.freeDiskLimit = 1 << 20
        options.extraConfiguration = ["no_such_setting = 1"]
        let error = await #expect(throws: PrivateBrokerError.self) { try await broker.start(options: options) }
        #expect(error?.code == .bootFailed)
        #expect(error?.description.contains("no_such_setting") == true)
        #expect(await broker.status() == .stopped)
    }

    @Test func endsABrokerThatMissesTheDeadline() async throws {
        let state = try await TestRun.makeDirectory("state")
        let broker = PrivateBroker(stateDirectory: state, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var options = PrivateBroker.Options()
        options.freeDiskLimit = 1 << 20
        options.startDeadline = .milliseconds(50)
        let error = await #expect(throws: PrivateBrokerError.self) { try await broker.start(options: options) }
        #expect(error?.code == .startTimedOut)
        #expect(await broker.status() == .stopped)
        // Helpers of the script that was killed end a moment later, by themselves.
        try await eventually("nothing of it runs") {
            try await runToEnd("grep", ["-lsaF", "HOME=\(state)", "-r", "/proc", "--include=environ"]).output == ""
        }
    }

    @Test func leavesAStrangerWithTheRecordedPidAlone() async throws {
        let broker = try await makeBroker()
        let layout = broker.layout
        try StateFile.makeDirectory(layout.root)
        try await withChildProcess("tail", ["-f", "/dev/null"]) { stranger in
            let run = BrokerRun(
                pid: stranger.pid, epmdPid: stranger.pid, epmdPort: 1, distributionPort: 2, enablesManagement: true,
                consumerTimeoutMilliseconds: 1)
            try StateFile.write(BrokerIdentity(nodeName: "moltbot-x@localhost", amqpPort: 3, managementPort: 4), to: layout.identity)
            for act in [{ try await broker.stop() }, { try await broker.kill() }] {
                try StateFile.write(run, to: layout.run)
                #expect(await broker.status() == .stopped)
                try await act()
            }
            try StateFile.write(run, to: layout.run)
            await #expect(throws: PrivateBrokerError.self) { try await broker.pause() }
            // A signal would have ended it: the only end it gets is ours.
            #expect(stranger.exits.count == 0)
            try stranger.send(.interrupt)
            #expect(try await stranger.waitForExit() == .signal(2))
        }
    }

    private func makeBroker(scriptDirectories: [String]? = nil) async throws -> PrivateBroker {
        PrivateBroker(
            stateDirectory: try await TestRun.makeDirectory("state"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, scriptDirectories: scriptDirectories)
    }
}
