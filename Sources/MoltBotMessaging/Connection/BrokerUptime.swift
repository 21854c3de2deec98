internal import AMQP
internal import Foundation
internal import MoltBotCore
internal import Synchronization

/// Since when, at least, the broker has run without a restart.
///
/// AMQP does not say. A transient exchange does: it lives exactly as long as the broker's run, and the time at which it was made is
/// one of its arguments. Whoever declares it first in a run sets the mark; everybody else is refused, and the refusal (406) names the
/// mark. One round trip a connection, no message, no management API.
///
/// An orderly shutdown (close code 320) does not count as a restart here: it writes all that the broker had taken.
///
/// What a broker had confirmed survives its death; what it had taken without a confirm may then be on one queue and not on another. So
/// a message that was seen on one queue is on all of them if the broker has not restarted since.
final class BrokerUptime: Sendable {
    /// Clocks of processes on different machines may differ by this much.
    private static let clockTolerance = Duration.seconds(1)
    private static let argument = "alternate-exchange"
    private static let prefix = "up-since-"

    private static let orderlyShutdown: UInt16 = 320

    private struct State {
        var mark: Timestamp?
        weak var client: AMQPClient?
    }

    private let state = Mutex(State())

    /// Names the client whose connections are looked at: its last one's end tells an orderly shutdown.
    func follow(_ client: AMQPClient) {
        state.withLock { $0.client = client }
    }

    /// Reads the mark, or sets it. Unknown, where this user may not declare exchanges, is the careful answer.
    func read(on connection: AMQPConnection) async {
        let now = Timestamp.now()
        let since: Timestamp?
        do {
            try await connection.withChannel { channel in
                try await channel.exchangeDeclare(
                    AMQPExchange(
                        name: BrokerNames.Exchange.uptime, kind: .fanout, isDurable: false, isInternal: true,
                        arguments: [Self.argument: .string(Self.prefix + now.rfc3339)]))
            }
            since = now
        } catch let error as AMQPError where error.replyCode == 406 {
            since = Self.mark(in: error.message)
        } catch {
            since = nil
        }
        state.withLock { state in
            if let known = state.mark, state.client?.status.lastCloseCode == Self.orderlyShutdown {
                state.mark = known
            } else {
                state.mark = since
            }
        }
    }

    /// True when the broker has certainly run since `moment`.
    func covers(_ moment: Timestamp) -> Bool {
        state.withLock { $0.mark }.map { $0 + Self.clockTolerance <= moment } ?? false
    }

    /// The mark in RabbitMQ's words: `inequivalent arg 'alternate-exchange' for exchange ... received '...' but current is '...'`.
    static func mark(in refusal: String) -> Timestamp? {
        guard let start = refusal.range(of: "current is ", options: .backwards)?.upperBound else { return nil }
        let current = refusal[start...]
        guard let value = current.range(of: prefix)?.upperBound else { return nil }
        return Timestamp(rfc3339: String(current[value...].prefix { $0 != "'" && $0 != "\"" }))
    }
}
