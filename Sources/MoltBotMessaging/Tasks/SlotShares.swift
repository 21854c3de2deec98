/// A worker's slots of one queue, divided among several consumers, each on a channel of its own.
///
/// For each acknowledgement RabbitMQ goes through the channel's list of open deliveries, in the channel's process and once more in the
/// queue's. Answers of models come in any order, so on one channel with thousands of slots the broker does little else
/// (`Benchmarks/run.sh slow-calls` shows what is left of the rate). Lists of a hundred cost nothing that can be seen.
struct SlotShares: Sendable, Equatable {
    struct Share: Sendable, Equatable {
        /// Deliveries that are open at once.
        let slots: Int
        /// After the start of the worker.
        let opens: Duration
    }

    /// More on one channel cost the broker more than another channel does.
    private static let wantedSlots = 100
    /// Thousands of calls in the same instant fill a model server's backlog of connections, and all end in the same instant again.
    private static let openedInSecond = 2500
    /// Of one connection: RabbitMQ allows 2047, and each is a process there.
    private static let largestChannelCount = 256

    let shares: [Share]

    /// - Parameters:
    ///   - slots: 1 to 65,535.
    ///   - queues: that the connection's consumers divide its channels among.
    ///   - channels: that the connection may have; half of them are left to others.
    init(slots: Int, queues: Int, channels: Int) {
        let available = max(1, min(Self.largestChannelCount, channels / 2) / max(1, queues))
        let count = min((slots + Self.wantedSlots - 1) / Self.wantedSlots, available)
        shares = (0..<count).map { index in
            let (first, next) = (slots * index / count, slots * (index + 1) / count)
            return Share(slots: next - first, opens: .seconds(1) * first / Self.openedInSecond)
        }
    }
}
