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

    /// Sends SIGSTOP and returns once every thread stands still, or has ended.
    ///
    /// The signal stops the others only when the first thread has taken it. Where the processors are busy that one waits for its turn:
    /// 100 ms were seen, in which the process went on as if nothing had been asked of it.
    func suspend(within duration: Duration) async throws(PrivateBrokerError) {
        try send(SIGSTOP)
        let deadline = ContinuousClock.now + duration
        // The kernel tells of a stop to parents and tracers only.
        while !ThreadStates(of: pid).isStandingStill {
            guard ContinuousClock.now < deadline else {
                throw PrivateBrokerError(
                    .notResponding, "The broker's process \(pid) has been suspended and does not stand still after \(duration).")
            }
            do {
                try await Task.sleep(for: .milliseconds(1))
            } catch {
                throw PrivateBrokerError(.cancelled, "The wait for the broker's process \(pid) to stand still was cancelled.")
            }
        }
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
