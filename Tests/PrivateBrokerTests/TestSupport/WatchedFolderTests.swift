import FoundationEssentials
import Glibc
import Logging
import Testing

@testable import PrivateBroker
@testable import TestSupport

/// What a test process leaves behind when it is killed: the kernel closes its pipe, which is all these tests do.
@Suite struct WatchedFolderTests {
    @Test func takesBrokersAndFilesAlong() async throws {
        let folder = try await WatchedFolder()
        let broker = PrivateBroker(
            stateDirectory: folder.path + "/a state", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var options = PrivateBroker.Options()
        options.freeDiskLimit = 1 << 20
        let running = try await broker.start(options: options)
        let process = try #require(
            VerifiedProcess(pid: running.pid, runningWith: [BrokerEnvironment.nodeMarker, running.nodeName]))

        close(folder.holder)

        #expect(await process.waitForExit(within: .seconds(20)))
        #expect(await DescriptorWait.wait(for: [folder.finished], until: .now + .seconds(20)) != .deadlinePassed)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        #expect(try await runToEnd("grep", ["-lsaF", folder.path, "-r", "/proc", "--include=environ"]).output == "")
        close(folder.finished)
    }
}
