import CCurl
import Glibc

/// An epoll instance. The events name file descriptors.
final class Epoll {
    /// Events taken in one wait; more stay ready for the next.
    private static let batch = 512

    private let descriptor: Int32
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: batch)

    /// Nil when the system has no descriptor to give.
    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if descriptor < 0 { return nil }
        events.initialize(repeating: epoll_event())
    }

    deinit {
        events.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    func add(_ watched: Int32, _ interest: UInt32) {
        control(EPOLL_CTL_ADD, watched, interest)
    }

    func change(_ watched: Int32, _ interest: UInt32) {
        control(EPOLL_CTL_MOD, watched, interest)
    }

    func remove(_ watched: Int32) {
        control(EPOLL_CTL_DEL, watched, 0)
    }

    /// Waits for events and gives each to the closure.
    ///
    /// - Parameter nanoseconds: the longest wait, rounded up to milliseconds; nil waits for ever.
    func wait(_ nanoseconds: UInt64?, _ handle: (_ ready: Int32, _ events: UInt32) -> Void) {
        let milliseconds = nanoseconds.map { Int32(min(($0 + 999_999) / 1_000_000, UInt64(Int32.max))) } ?? -1
        let count = epoll_wait(descriptor, events.baseAddress, Int32(Self.batch), milliseconds)
        guard count > 0 else { return }
        for event in events[..<Int(count)] {
            handle(event.data.fd, event.events)
        }
    }

    private func control(_ operation: Int32, _ watched: Int32, _ interest: UInt32) {
        var event = epoll_event(events: interest, data: epoll_data_t(fd: watched))
        epoll_ctl(descriptor, operation, watched, &event)
    }
}
