internal import Synchronization

/// The present connection of a client, and those who wait for the next one.
final class ConnectionLink: Sendable {
    private struct State {
        var status = AMQPClient.Status(isConnected: false, connectionCount: 0)
        var connection: AMQPConnection?
        var publishing: AMQPChannel?
        var isStopped = false
        var nextWaiter = 0
        /// Bounded by the callers, who each wait for one.
        var waiters: [Int: CheckedContinuation<Result<AMQPConnection, AMQPError>, Never>] = [:]
    }

    private let state = Mutex(State())

    var status: AMQPClient.Status {
        state.withLock { state in
            var status = state.status
            status.blockedReason = state.connection?.blockedReason
            return status
        }
    }

    var publishing: AMQPChannel? { state.withLock { $0.publishing } }

    func connected(_ connection: AMQPConnection, publishing: AMQPChannel) {
        let waiters = state.withLock { state in
            state.connection = connection
            state.publishing = publishing
            state.status.isConnected = true
            state.status.endpoint = connection.endpoint
            state.status.lastError = nil
            state.status.connectionCount += 1
            state.status.connectedSince = .now
            defer { state.waiters.removeAll() }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: .success(connection)) }
    }

    func disconnected(_ reason: AMQPError) {
        state.withLock { state in
            state.connection = nil
            state.publishing = nil
            state.status.isConnected = false
            state.status.connectedSince = nil
            state.status.lastError = "\(reason)"
        }
    }

    func attemptFailed(_ endpoint: String, _ error: AMQPError) {
        state.withLock { state in
            state.status.endpoint = endpoint
            state.status.lastError = "\(error)"
        }
    }

    func stopped() {
        let waiters = state.withLock { state in
            state.isStopped = true
            defer { state.waiters.removeAll() }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: .failure(Self.stoppedError)) }
    }

    /// The present connection, or the next one.
    /// - Parameter timeout: nil waits until the caller is cancelled or the client stops.
    func connection(within timeout: Duration?) async throws(AMQPError) -> AMQPConnection {
        if let connection = state.withLock({ $0.connection }) { return connection }
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = timeout.map { timeout in
            Task {
                // Cancelled when the wait is over: there is nothing left to do then.
                guard (try? await Task.sleep(for: timeout)) != nil else { return }
                self.giveUp(id, timedOut: true)
            }
        }
        defer { timer?.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: Result<AMQPConnection, AMQPError>? = state.withLock { state in
                    if let connection = state.connection { return .success(connection) }
                    if state.isStopped { return .failure(Self.stoppedError) }
                    if Task.isCancelled { return .failure(Self.cancelledError) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            giveUp(id, timedOut: false)
        }
        return try result.get()
    }

    /// A new publishing channel after the broker has closed the last one. Callers that come at once share it.
    func replacePublishing(on connection: AMQPConnection) async throws(AMQPError) -> AMQPChannel {
        let fresh = try await connection.openChannel()
        let chosen = state.withLock { state -> AMQPChannel in
            guard state.connection === connection else { return fresh }
            if let present = state.publishing, !present.isClosed { return present }
            state.publishing = fresh
            return fresh
        }
        if chosen !== fresh { fresh.close() }
        return chosen
    }

    private func giveUp(_ id: Int, timedOut: Bool) {
        let (waiter, lastError) = state.withLock { ($0.waiters.removeValue(forKey: id), $0.status.lastError) }
        let error =
            timedOut
            ? AMQPError(.notConnected, "no connection to the broker" + (lastError.map { ": \($0)" } ?? "")) : Self.cancelledError
        waiter?.resume(returning: .failure(error))
    }

    private static var stoppedError: AMQPError { AMQPError(.notConnected, "the client has stopped") }
    private static var cancelledError: AMQPError { AMQPError(.cancelled, "the caller was cancelled") }
}
