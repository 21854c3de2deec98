import ArgumentParser
import Glibc
import Synchronization
import UnixSignals

/// Ends a command in an orderly way at Ctrl-C or SIGTERM, and at once at the second of them.
enum Interruption {
    /// The signal that came first.
    private final class Received: Sendable {
        private let number = Mutex<Int32?>(nil)

        var first: Int32? { number.withLock(\.self) }

        /// - Returns: whether it is the first.
        func record(_ signal: Int32) -> Bool {
            number.withLock { number in
                guard number == nil else { return false }
                number = signal
                return true
            }
        }
    }

    /// Runs `body`, and cancels it at the first signal.
    /// - Throws: the exit status that a signal stands for (128 and its number) when the body did not finish because of one.
    static func run<Success: Sendable>(_ body: @escaping @Sendable () async throws -> Success) async throws -> Success {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let received = Received()
        // A task of its own: a signal cancels it and nothing else, so the connections it uses stay while it puts things in order.
        let work = Task { try await body() }
        return try await withTaskCancellationHandler {
            async let _: Void = watch(signals, received) { work.cancel() }
            let result = await work.result
            // Leaving the scope ends the watching.
            do {
                return try result.get()
            } catch {
                throw received.first.map { ExitCode(128 + $0) } ?? error
            }
        } onCancel: {
            work.cancel()
        }
    }

    private static func watch(_ signals: UnixSignalsSequence, _ received: Received, _ interrupt: @Sendable () -> Void) async {
        for await signal in signals {
            guard received.record(signal.rawValue) else { _exit(128 + signal.rawValue) }
            interrupt()
        }
    }
}
