internal import NIOCore

/// Decides when to send a heartbeat and when the peer is dead (AMQP 0-9-1, section 4.2.7): something is sent at least every half
/// interval; two intervals without a byte from the peer end the connection. Both are decided one timer period early rather than late.
struct HeartbeatMonitor {
    enum Action: Equatable {
        case none
        case send
        case peerIsDead
    }

    let interval: TimeAmount
    private var lastSent: NIODeadline
    private var lastReceived: NIODeadline

    /// Nil when heartbeats are off.
    init?(seconds: UInt16, now: NIODeadline) {
        guard seconds > 0 else { return nil }
        interval = .seconds(Int64(seconds))
        lastSent = now
        lastReceived = now
    }

    /// How often ``timerFired(at:)`` must be called.
    var period: TimeAmount { min(.nanoseconds(interval.nanoseconds / 8), .seconds(1)) }

    mutating func bytesSent(at now: NIODeadline) { lastSent = now }
    mutating func bytesReceived(at now: NIODeadline) { lastReceived = now }

    mutating func timerFired(at now: NIODeadline) -> Action {
        if now - lastReceived >= .nanoseconds(interval.nanoseconds * 2) - period { return .peerIsDead }
        if now - lastSent >= .nanoseconds(interval.nanoseconds / 2) - period { return .send }
        return .none
    }
}
