import CLinux
import FoundationEssentials
import Glibc

/// A live process that was proven to be the one we started.
///
/// A recorded pid may meanwhile belong to anybody. The handle (`pidfd`) is opened first and the command line is read
/// afterwards: from then on the handle can only mean this process, and no signal can hit a stranger.
final class VerifiedProcess: Sendable {
    let pid: Int32
    private let handle: OwnedDescriptor

    /// - Parameter arguments: consecutive words that the process' command line must contain.
    /// - Returns: `nil` when there is no such process, it has ended, or it is another program.
    init?(pid: Int32, runningWith arguments: [String]) {
        guard pid > 1 else { return nil }
        let number = pidfd_open(pid, 0)
        guard number >= 0 else { return nil }
        handle = OwnedDescriptor(number)
        self.pid = pid
        // Empty for a zombie, which is as good as gone.
        let words = (FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data())
            .split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard words.indices.contains(where: { words[$0...].starts(with: arguments) }) else { return nil }
    }

    func send(_ signal: Int32) throws(PrivateBrokerError) {
        guard pidfd_send_signal(handle.number, signal, nil, 0) != 0, errno != ESRCH else { return }
        throw PrivateBrokerError(
            .stopFailed, "The broker's process \(pid) cannot be signalled; was it started by another user?", cause: SystemFailure.last)
    }

    /// Readable once the process has ended.
    var exitDescriptor: Int32 { handle.number }

    /// - Returns: whether the process ended before the deadline.
    func waitForExit(within duration: Duration) async -> Bool {
        switch await DescriptorWait.wait(for: [exitDescriptor], until: .now + duration) {
        case .ready: true
        case .deadlinePassed, .cancelled: false
        }
    }
}
