internal import Synchronization

/// The present connection of a client, and those who wait for the next one.
final class ConnectionLink: Sendable {
    private typealias Waiter<Value> = CheckedContinuation<Result<Value, AMQPError>, Never>

    private struct State {
        var status = AMQPClient.Status(isConnected: false, connectionCount: 0)
        var connection: AMQPConnection?
        var publishing: AMQPChannel?
        var isStopped = false
        var lastWaiter = 0
        /// Bounded by the callers, who each wait for one.
        var waiters: [Int: Waiter<AMQPConnection>] = [:]
        /// Those who wait for a publishing channel that another caller opens; nil while nobody does.
        var channelWaiters: [Waiter<AMQPChannel>]?

        /// A connection may close before its client hears of it. Handing it out would have its users come back at once, again and
        /// again, until the broker has answered the close.
        var liveConnection: AMQPConnection? { connection.flatMap { $0.isClosed ? nil : $0 } }
        var livePublishing: AMQPChannel? { liveConnection == nil ? nil : publishing.flatMap { $0.isClosed ? nil : $0 } }
    }

    private let state = Mutex(State())

    var status: AMQPClient.Status {
        state.withLock { state in
            var status = state.status
            status.blockedReason = state.connection?.blockedReason
            return status
        }
    }

    /// The publishing channel, if there is one right now.
    var publishing: AMQPChannel? { state.withLock { $0.livePublishing } }

    // MARK: What the client tells

    func connected(_ connection: AMQPConnection, publishing: AMQPChannel) {
        let waiters = state.withLock { state in
            state.connection = connection
            state.publishing = publishing
            state.status.isConnected = true
            state.status.endpoint = connection.endpoint
            state.status.lastError = nil
            state.status.connectionCount += 1
            state.status.maximumChannels = connection.maximumChannels
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
            state.status.lastCloseCode = reason.replyCode
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

    // MARK: Connections

    /// The present connection, or the next one.
    /// - Parameter timeout: nil waits until the caller is cancelled or the client stops.
    func connection(within timeout: Duration?) async throws(AMQPError) -> AMQPConnection {
        if let connection = state.withLock({ $0.liveConnection }) { return connection }
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        var timer: Task<Void, Never>?
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Started after the wait is registered: a short time could otherwise be over before there is anything to end.
                if register(id, continuation), let timeout { timer = expiry(of: id, after: timeout) }
            }
        } onCancel: {
            giveUp(id, Self.cancelledError)
        }
        timer?.cancel()
        return try result.get()
    }

    /// True when the caller has to wait; false when it was answered.
    private func register(_ id: Int, _ continuation: Waiter<AMQPConnection>) -> Bool {
        let ready: Result<AMQPConnection, AMQPError>? = state.withLock { state in
            if let connection = state.liveConnection { return .success(connection) }
            if state.isStopped { return .failure(Self.stoppedError) }
            if Task.isCancelled { return .failure(Self.cancelledError) }
            state.waiters[id] = continuation
            return nil
        }
        if let ready { continuation.resume(returning: ready) }
        return ready == nil
    }

    private func expiry(of id: Int, after timeout: Duration) -> Task<Void, Never> {
        Task {
            // Cancelled when the wait is over: there is nothing left to do then.
            guard (try? await Task.sleep(for: timeout)) != nil else { return }
            let lastError = self.status.lastError.map { ": \($0)" } ?? ""
            self.giveUp(id, AMQPError(.notConnected, "no connection to the broker" + lastError))
        }
    }

    private func giveUp(_ id: Int, _ error: AMQPError) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: .failure(error))
    }

    // MARK: Publishing

    /// The channel that all publishes of the client share, on the present connection or the next one. After the broker has closed
    /// it, the first caller opens another and the rest wait for that one.
    func publishingChannel(within timeout: Duration) async throws(AMQPError) -> AMQPChannel {
        if let channel = state.withLock({ $0.livePublishing }) { return channel }
        let connection = try await connection(within: timeout)
        let isOpener = state.withLock { state in
            guard state.livePublishing == nil, state.channelWaiters == nil else { return false }
            state.channelWaiters = []
            return true
        }
        return try await (isOpener ? openPublishing(on: connection) : openedPublishing()).get()
    }

    private func openPublishing(on connection: AMQPConnection) async -> Result<AMQPChannel, AMQPError> {
        let result: Result<AMQPChannel, AMQPError>
        do throws(AMQPError) {
            result = .success(try await connection.openChannel())
        } catch {
            result = .failure(error)
        }
        let waiters = state.withLock { state in
            if state.connection === connection, case .success(let channel) = result { state.publishing = channel }
            defer { state.channelWaiters = nil }
            return state.channelWaiters ?? []
        }
        for waiter in waiters { waiter.resume(returning: result) }
        return result
    }

    private func openedPublishing() async -> Result<AMQPChannel, AMQPError> {
        await withCheckedContinuation { continuation in
            let ready: Result<AMQPChannel, AMQPError>? = state.withLock { state in
                if let channel = state.livePublishing { return .success(channel) }
                guard state.channelWaiters != nil else { return .failure(Self.channelLostError) }
                state.channelWaiters?.append(continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    private static var stoppedError: AMQPError { AMQPError(.notConnected, "the client has stopped") }
    private static var cancelledError: AMQPError { AMQPError(.cancelled, "the caller was cancelled") }
    private static var channelLostError: AMQPError { AMQPError(.connectionLost, "the publishing channel ended before it was used") }
}
