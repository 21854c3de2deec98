import CCurl
import Glibc
import Synchronization

/// One named POSIX thread that can be waited for without blocking another.
final class LoopThread: Sendable {
    private enum State {
        case running(pthread_t)
        /// Joined, detached or never started.
        case released
    }

    private let state: Mutex<State>
    private let exit: ExitSignal

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Nil when the system has no thread to give.
    ///
    /// - Parameter name: at most 15 bytes, the system's limit.
    init?(name: String, _ run: @escaping @Sendable () -> Void) {
        let exit = ExitSignal()
        let body = Body(name: name) {
            run()
            exit.send()
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(body)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                ccurl_name_thread(body.name)
                // Signals are for the process's own threads; one that lands here would only interrupt the wait for sockets.
                var signals = sigset_t()
                sigfillset(&signals)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                body.run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            return nil
        }
        self.exit = exit
        state = Mutex(.running(thread))
    }

    /// Returns when the thread is gone. May be called by any number of tasks.
    func join() async {
        await exit.wait()
        state.withLock { state in
            // Does not block: the signal is the last thing the thread does.
            if case .running(let thread) = state { pthread_join(thread, nil) }
            state = .released
        }
    }

    deinit {
        state.withLock { state in
            // Not joined here: the last reference may go on any thread.
            if case .running(let thread) = state { pthread_detach(thread) }
        }
    }
}

/// Sent once; those who wait before and after all return.
private final class ExitSignal: Sendable {
    private struct State {
        var isSent = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func send() {
        let waiters = state.withLock { state in
            state.isSent = true
            defer { state.waiters = [] }
            return state.waiters
        }
        waiters.forEach { $0.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isSent = state.withLock { state in
                if !state.isSent { state.waiters.append(continuation) }
                return state.isSent
            }
            if isSent { continuation.resume() }
        }
    }
}
