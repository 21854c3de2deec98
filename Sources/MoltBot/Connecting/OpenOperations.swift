internal import Synchronization

/// The calls of a client that are under way, so that closing it can wait for them, and end those that take too long.
final class OpenOperations: Sendable {
    private struct State {
        var isClosed = false
        var running: [Int: @Sendable () -> Void] = [:]
        var lastNumber = 0
        /// Woken when nothing runs any more.
        var idle: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock(\.isClosed) }

    /// - Throws: ``MoltBotError``: `closed`, and what `body` throws in the library's terms.
    func run<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws(MoltBotError) -> Result {
        // A task of its own: closing the client cancels it and not its caller. It never outlives the wait for it.
        let work = Task { try await body() }
        guard let number = add({ work.cancel() }) else {
            work.cancel()
            throw .closed
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        let wasClosed = remove(number)
        do {
            return try result.get()
        } catch {
            let known = MoltBotError(error)
            throw known.code == .cancelled && wasClosed && !Task.isCancelled ? .closed : known
        }
    }

    /// Takes no more calls, and returns when those under way have ended: by themselves within `grace`, else cancelled.
    func close(within grace: Duration) async {
        let (stream, source) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.isClosed = true
            if state.running.isEmpty { source.finish() } else { state.idle = source }
        }
        let timer = Task {
            // Cut short when nothing runs any more.
            guard (try? await Task.sleep(for: grace)) != nil else { return }
            for cancel in state.withLock({ Array($0.running.values) }) { cancel() }
        }
        for await _ in stream {}
        timer.cancel()
    }

    private func add(_ cancel: @escaping @Sendable () -> Void) -> Int? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastNumber += 1
            state.running[state.lastNumber] = cancel
            return state.lastNumber
        }
    }

    private func remove(_ number: Int) -> Bool {
        state.withLock { state in
            state.running[number] = nil
            if state.running.isEmpty { state.idle?.finish() }
            return state.isClosed
        }
    }
}
