import ArgumentParser
import Glibc
import Synchronization
import UnixSignals

/// Ends a command in an orderly way at Ctrl-C or SIGTERM, and at once at the second of them.
enum Interruption {
    /// Runs `body`, and cancels it at the first signal.
    /// - Throws: the exit status that a signal stands for (128 and its number) when the body did not finish because of one.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let received = Mutex<Int32?>(nil)
        // A task of its own: a signal cancels it and nothing else, so the connections it uses stay while it puts things in order.
        let work = Task { try await body() }
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await signal in signals {
                        let number = signal.rawValue
                        let isSecond = received.withLock { received in
                            defer { received = number }
                            return received != nil
                        }
                        if isSecond { _exit(128 + number) }
                        work.cancel()
                    }
                }
                defer { group.cancelAll() }
                switch await work.result {
                case .success(let result): return result
                case .failure(let error): throw received.withLock(\.self).map { ExitCode(128 + $0) } ?? error
                }
            }
        } onCancel: {
            work.cancel()
        }
    }
}
