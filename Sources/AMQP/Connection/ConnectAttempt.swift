internal import NIOCore
internal import Synchronization

/// The sockets of one attempt to connect, one for each address of the host that is tried. Lets a cancelled caller go at once.
final class ConnectAttempt: Sendable {
    private struct State {
        var isCancelled = false
        var channels: [any Channel] = []
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Registers a socket before it connects. Throws when the attempt was cancelled before.
    func started(_ channel: any Channel) throws(AMQPError) {
        let isCancelled = state.withLock { state in
            state.channels.append(channel)
            return state.isCancelled
        }
        if isCancelled { throw Self.cancelledError }
    }

    func cancel() {
        let channels = state.withLock { state in
            state.isCancelled = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }

    static var cancelledError: AMQPError { AMQPError(.cancelled, "the caller was cancelled") }
}
