import FoundationEssentials

/// This test process' temporary folder. It disappears with the process, and so does everything that was started in it.
package enum TestRun {
    /// The environment variable that marks a process as belonging to this test run.
    static let marker = "MOLTBOT_TEST_RUN"

    /// Never closed: the end of the process is what ends the folder.
    private static let folder = Task { try await WatchedFolder() }

    /// The temporary folder; the first call makes it and starts its watchdog.
    package static var directory: String {
        get async throws { try await folder.value.path }
    }

    /// A new, empty subfolder. Delete it earlier than at the end when it is big.
    package static func makeDirectory(_ name: String) async throws -> String {
        let path = try await directory + "/\(name)-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }
}
