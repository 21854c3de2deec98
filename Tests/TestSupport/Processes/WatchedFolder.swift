import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// A temporary folder with a watchdog that cleans up after this process however it ends.
///
/// The watchdog is a shell that reads a pipe held by this process. When the pipe closes (normal exit, crash or `kill -9`) it kills
/// every process whose environment names the folder, which brokers and children of tests do, and deletes the folder.
struct WatchedFolder: Sendable {
    let path: String
    /// Closing it ends the folder.
    let holder: Int32
    /// Reports the end of file when the watchdog has finished.
    let finished: Int32

    /// Several rounds, because a process may start another while the list is read.
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

    init() async throws {
        path = try Self.makeTemporaryDirectory()
        let (read, write) = try Self.pipe()
        let (end, ended) = try Self.pipe()
        holder = write.rawValue
        finished = end.rawValue
        var platform = PlatformOptions()
        platform.createSession = true
        let result = try await run(
            .path("/bin/sh"), arguments: ["-c", Self.watchdog, "moltbot-test-watchdog", path],
            environment: .custom(["PATH": "/usr/bin:/bin"]), platformOptions: platform,
            input: .fileDescriptor(read, closeAfterSpawningProcess: true),
            output: .fileDescriptor(ended, closeAfterSpawningProcess: true))
        guard result.terminationStatus.isSuccess else {
            throw TestSupportError(.setUpFailed, "The watchdog of \(path) ended with \(result.terminationStatus).")
        }
    }

    private static func makeTemporaryDirectory() throws -> String {
        let root = FileManager.default.temporaryDirectory.path
        var template = Array("\(root.hasSuffix("/") ? root : root + "/")moltbot-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestSupportError(.setUpFailed, "No temporary folder can be made in \(root): \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A pipe that no child inherits: a child that held the watchdog's pipe open would keep it from ever seeing us end.
    private static func pipe() throws -> (read: FileDescriptor, write: FileDescriptor) {
        let ends = try FileDescriptor.pipe()
        for end in [ends.readEnd, ends.writeEnd] where fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) != 0 {
            throw TestSupportError(.setUpFailed, "The watchdog's pipe cannot be kept from children: \(String(cString: strerror(errno)))")
        }
        return (ends.readEnd, ends.writeEnd)
    }
}
