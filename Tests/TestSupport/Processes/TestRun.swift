import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// This test process' temporary folder, and the watchdog that cleans up after it however it ends.
///
/// The watchdog is a shell that reads a pipe held by this process. When the pipe closes (normal exit, crash or `kill -9`) it kills
/// every process whose environment names the folder, which brokers and children of tests do, and deletes the folder.
package enum TestRun {
    /// The environment variable that marks a process as belonging to this test run.
    static let marker = "MOLTBOT_TEST_RUN"

    private static let prepared = Task { try await prepare() }

    /// The temporary folder; the first call makes it and starts the watchdog.
    package static var directory: String {
        get async throws { try await prepared.value }
    }

    /// A new, empty subfolder. It goes with the test process; delete it earlier when it is big.
    package static func makeDirectory(_ name: String) async throws -> String {
        let path = try await directory + "/\(name)-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }

    private static let watchdog = """
        exec 3<&0 </dev/null
        (
            cat <&3 >/dev/null
            for round in 1 2 3 4 5 6 7 8 9 10; do
                pids=$(grep -lsaF "$1" /proc/[0-9]*/environ | cut -d/ -f3)
                [ -n "$pids" ] || break
                kill -KILL $pids 2>/dev/null
            done
            rm -rf "$1"
        ) &
        """

    private static func prepare() async throws -> String {
        let root = FileManager.default.temporaryDirectory.path.trimmingSuffix("/")
        var template = Array("\(root)/moltbot-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestSupportError(.setUpFailed, "No temporary folder can be made in \(root): \(String(cString: strerror(errno)))")
        }
        let directory = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The write end stays open in this process for as long as it lives; no child inherits it.
        let pipe = try FileDescriptor.pipe()
        guard fcntl(pipe.writeEnd.rawValue, F_SETFD, FD_CLOEXEC) == 0 else {
            throw TestSupportError(.setUpFailed, "The watchdog's pipe cannot be kept from children: \(String(cString: strerror(errno)))")
        }
        var platform = PlatformOptions()
        platform.createSession = true
        let result = try await run(
            .path("/bin/sh"), arguments: ["-c", watchdog, "moltbot-test-watchdog", directory],
            environment: .custom(["PATH": "/usr/bin:/bin"]), platformOptions: platform,
            input: .fileDescriptor(pipe.readEnd, closeAfterSpawningProcess: true), output: .discarded)
        guard result.terminationStatus.isSuccess else {
            throw TestSupportError(.setUpFailed, "The watchdog of the test run ended with \(result.terminationStatus).")
        }
        return directory
    }
}

extension String {
    func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
