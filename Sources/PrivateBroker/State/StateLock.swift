import Foundation
import Glibc

/// An exclusive `flock` on a broker's state folder, so that two processes never start or stop it at the same time.
/// The kernel drops it with the descriptor, also when the process is killed.
struct StateLock: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Waits for the lock on a thread of its own: `flock` blocks and has no deadline. Holders keep it for one start or stop.
    init(_ path: String) async throws(PrivateBrokerError) {
        descriptor = OwnedDescriptor(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
        let number = descriptor.number
        guard number >= 0 else {
            throw PrivateBrokerError(
                .stateUnusable, "\(path) cannot be opened; is the state folder writable by this user?", cause: SystemFailure.last)
        }
        let failure: Int32 = await withCheckedContinuation { continuation in
            if flock(number, LOCK_EX | LOCK_NB) == 0 { return continuation.resume(returning: 0) }
            Thread.detachNewThread {
                while flock(number, LOCK_EX) != 0 {
                    let failure = errno
                    if failure != EINTR { return continuation.resume(returning: failure) }
                }
                continuation.resume(returning: 0)
            }
        }
        guard failure == 0 else {
            throw PrivateBrokerError(
                .stateUnusable, "\(path) cannot be locked; the state folder has to be on a local disk.",
                cause: SystemFailure(number: failure))
        }
    }

    /// Called at the end of the critical section, which also keeps the value alive until then.
    borrowing func release() { flock(descriptor.number, LOCK_UN) }
}
