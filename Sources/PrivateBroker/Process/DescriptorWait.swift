import CLinux
import Foundation
import Glibc

/// Waits for the kernel to report something, with a deadline and without ever blocking a thread of Swift's pool.
enum DescriptorWait {
    enum Outcome: Sendable, Equatable {
        /// The descriptors that are ready.
        case ready(Set<Int32>)
        case deadlinePassed
        case cancelled
    }

    /// Ends when one of the descriptors is ready, the deadline passes, or the task is cancelled.
    /// The wait itself is one `poll` on a thread that lives as long as the wait.
    static func wait(for descriptors: [Int32], events: Int32 = POLLIN, until deadline: ContinuousClock.Instant) async -> Outcome {
        let wake = OwnedDescriptor(eventfd(0, Int32(EFD_CLOEXEC)))
        let wakeNumber = wake.number
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(returning: block(on: descriptors, events: events, wake: wakeNumber, until: deadline))
                }
            }
        } onCancel: {
            _ = eventfd_write(wakeNumber, 1)
        }
    }

    private static func block(on descriptors: [Int32], events: Int32, wake: Int32, until deadline: ContinuousClock.Instant) -> Outcome {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(events), revents: 0) }
        polled.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0))
        while true {
            let remaining = max(.zero, deadline - .now)
            let milliseconds = remaining.components.seconds * 1000 + remaining.components.attoseconds / 1_000_000_000_000_000
            // One more millisecond than what is left, so that the loop never spins on a rounded-down zero.
            let count = poll(&polled, nfds_t(polled.count), Int32(clamping: milliseconds + 1))
            if count > 0 {
                if polled[polled.count - 1].revents != 0 { return .cancelled }
                return .ready(Set(polled.filter { $0.revents != 0 }.map(\.fd)))
            }
            if count == 0, ContinuousClock.now >= deadline { return .deadlinePassed }
        }
    }
}
