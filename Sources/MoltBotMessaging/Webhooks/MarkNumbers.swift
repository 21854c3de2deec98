internal import MoltBotCore
internal import Synchronization

/// Numbers for the marks of one endpoint: each is above all that this relay has given or seen, whatever the clocks of others say.
final class MarkNumbers: Sendable {
    /// Anybody who can publish to the queue can choose a number, and the next ones still have to fit.
    private static let largest = Int64(1) << 60
    private static let perSecond: Int64 = 1_000_000

    private let last = Mutex<Int64>(0)

    func next() -> Int64 {
        let now = Int64(Timestamp.now().secondsSinceEpoch) * Self.perSecond
        return last.withLock { last in
            last = max(last + 1, now)
            return last
        }
    }

    func seen(_ number: Int64) {
        last.withLock { $0 = max($0, min(number, Self.largest)) }
    }
}
