/// The life of one connection on channel 0: handshake, open, blocked, closing. Pure: events in, actions out; the handler runs them.
struct ConnectionStateMachine {
    /// What this side asks for.
    struct Settings {
        var credentials: AMQPCredentials
        var virtualHost: String
        var clientProperties: AMQPTable
        var tuning: Method.Tuning
    }

    enum Action {
        case none
        case sendProtocolHeader
        case send(Method)
        /// Set the parser's limits, then send both methods.
        case tune(Method.Tuning, thenSend: [Method])
        case opened(Method.Tuning, serverProperties: AMQPTable)
        case blocked(reason: String)
        case unblocked
        /// Everything on the connection ends with the error; close the socket after the method, if any, is out.
        case fail(AMQPError, sendingFirst: Method?)
    }

    private enum State {
        case idle
        case awaitingStart
        case awaitingTune(serverProperties: AMQPTable)
        case awaitingOpenOk(Method.Tuning, serverProperties: AMQPTable)
        case open
        case closing
        case closed
    }

    /// AMQP 0-9-1, section 4.2.3: `frame-min-size`.
    private static let smallestFrameMax: UInt32 = 4096
    private var state = State.idle
    private let settings: Settings

    init(settings: Settings) {
        self.settings = settings
    }

    /// May be told twice: by the handler that joins a live connection, and by the connection itself.
    mutating func connected() -> Action {
        guard case .idle = state else { return .none }
        state = .awaitingStart
        return .sendProtocolHeader
    }

    mutating func methodReceived(_ method: Method) -> Action {
        switch (state, method) {
        case (.closed, _), (.idle, _):
            return .none
        case (.closing, .connectionCloseOk):
            return fail(AMQPError(.connectionClosed, "the connection was closed by this side"))
        case (.closing, .connectionClose):
            // Both sides closed at once: answer, as the specification asks, and go.
            return fail(AMQPError(.connectionClosed, "the connection was closed by both sides"), sendingFirst: .connectionCloseOk)
        case (.closing, _):
            return .none
        case (_, .connectionClose(let close)):
            return fail(closeError(close), sendingFirst: .connectionCloseOk)
        case (.awaitingStart, .connectionStart(let start)):
            return startReceived(start)
        case (.awaitingTune, .connectionSecure):
            return fail(
                AMQPError(.authenticationRefused, "the broker asks for a second authentication step, which PLAIN and EXTERNAL lack"))
        case (.awaitingTune(let serverProperties), .connectionTune(let offered)):
            guard offered.frameMax == 0 || offered.frameMax >= Self.smallestFrameMax else {
                return fail(AMQPError(.protocolViolation, "the broker offers frames of \(offered.frameMax) bytes; 4,096 is the least"))
            }
            let tuning = Self.negotiate(wanted: settings.tuning, offered: offered)
            state = .awaitingOpenOk(tuning, serverProperties: serverProperties)
            return .tune(tuning, thenSend: [.connectionTuneOk(tuning), .connectionOpen(virtualHost: settings.virtualHost)])
        case (.awaitingOpenOk(let tuning, let serverProperties), .connectionOpenOk):
            state = .open
            return .opened(tuning, serverProperties: serverProperties)
        case (.open, .connectionBlocked(let reason)):
            return .blocked(reason: reason)
        case (.open, .connectionUnblocked):
            return .unblocked
        default:
            return protocolViolated(AMQPError(.protocolViolation, "the broker sent a method that does not belong here: \(method)"))
        }
    }

    mutating func closeRequested() -> Action {
        switch state {
        case .open:
            state = .closing
            return .send(.connectionClose(.init(replyCode: 200, replyText: "goodbye")))
        case .closing, .closed:
            return .none
        case .idle, .awaitingStart, .awaitingTune, .awaitingOpenOk:
            return fail(AMQPError(.connectionClosed, "the connection was closed by this side during the handshake"))
        }
    }

    /// The broker broke the rules of the protocol: tell it why (501 frame error) and go.
    mutating func protocolViolated(_ error: AMQPError) -> Action {
        guard case .open = state else { return fail(error) }
        return fail(error, sendingFirst: .connectionClose(.init(replyCode: 501, replyText: "malformed frame")))
    }

    /// This side gives up: a deadline has passed, the peer is silent, or the caller was cancelled.
    mutating func aborted(_ error: AMQPError) -> Action {
        if case .closed = state { return .none }
        return fail(error)
    }

    /// The peer hung up, or the network did.
    mutating func connectionLost(_ error: AMQPError) -> Action {
        switch state {
        case .closed: return .none
        case .closing: return fail(AMQPError(.connectionClosed, "the connection was closed by this side"))
        case _ where error.code == .tls: return fail(error)
        // Brokers before authentication_failure_close, and proxies, just hang up.
        case .awaitingTune:
            return fail(AMQPError(.authenticationRefused, "the broker hung up after the credentials; check user and password"))
        case .awaitingOpenOk:
            return fail(
                AMQPError(.virtualHostRefused, "the broker hung up on virtual host \(settings.virtualHost); check its name and permissions")
            )
        case .idle, .awaitingStart, .open: return fail(error)
        }
    }

    private mutating func fail(_ error: AMQPError, sendingFirst method: Method? = nil) -> Action {
        state = .closed
        return .fail(error, sendingFirst: method)
    }

    private mutating func startReceived(_ start: Method.ConnectionStart) -> Action {
        guard start.versionMajor == 0, start.versionMinor == 9 else {
            return fail(AMQPError(.protocolViolation, "the broker speaks AMQP \(start.versionMajor).\(start.versionMinor), not 0.9"))
        }
        let offered = start.mechanisms.split(separator: " ")
        guard offered.contains(Substring(settings.credentials.mechanism)) else {
            return fail(
                AMQPError(
                    .authenticationRefused,
                    "the broker offers \(start.mechanisms), not \(settings.credentials.mechanism); set auth_mechanism or the broker's auth_mechanisms"
                ))
        }
        state = .awaitingTune(serverProperties: start.serverProperties)
        return .send(
            .connectionStartOk(
                .init(
                    clientProperties: settings.clientProperties, mechanism: settings.credentials.mechanism,
                    response: settings.credentials.response)))
    }

    /// The lower of two limits, where 0 means none. A heartbeat of 0 on this side turns it off; on the broker's side, this side decides.
    static func negotiate(wanted: Method.Tuning, offered: Method.Tuning) -> Method.Tuning {
        func lower<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number { a == 0 ? b : b == 0 ? a : min(a, b) }
        return Method.Tuning(
            channelMax: lower(wanted.channelMax, offered.channelMax),
            frameMax: lower(wanted.frameMax, offered.frameMax),
            heartbeat: wanted.heartbeat == 0 ? 0 : lower(wanted.heartbeat, offered.heartbeat))
    }

    private func closeError(_ close: Method.Close) -> AMQPError {
        let handshakeCode: AMQPError.Code =
            switch state {
            case .awaitingTune where close.replyCode == 403: .authenticationRefused
            case .awaitingOpenOk where close.replyCode == 530 || close.replyCode == 402 || close.replyCode == 403: .virtualHostRefused
            case .awaitingStart, .awaitingTune, .awaitingOpenOk: .connectionRefused
            default: .connectionClosed
            }
        return AMQPError(handshakeCode, close.replyText, replyCode: close.replyCode)
    }
}
