internal import DequeModule
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Announces the start of attempts that last. What ends sooner has its start in its outcome, and a third of the broker's work for a
/// short task would be the news that it began.
final class StartNews: Sendable {
    /// One attempt that may be announced.
    final class Item: Sendable {
        fileprivate let due: ContinuousClock.Instant
        /// Nil once nothing is to be announced any more: an attempt goes on for long after that, and holds no news meanwhile.
        private let announce: Mutex<(@Sendable () -> Void)?>

        fileprivate init(due: ContinuousClock.Instant, announce: @escaping @Sendable () -> Void) {
            self.due = due
            self.announce = Mutex(announce)
        }

        /// When this returns nothing will be announced any more, so that the outcome comes last.
        func attemptEnded() { announce.withLock { $0 = nil } }

        fileprivate func fallDue() {
            announce.withLock { announce in
                announce?()
                announce = nil
            }
        }
    }

    /// Items that fall due within this time are announced together.
    private static let step = Duration.milliseconds(10)

    private let delay: Duration
    /// In the order of falling due. Bounded by the attempts that can begin within ``delay``.
    private let items = Mutex<Deque<Item>>([])
    private let arrivals = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(delay: Duration) {
        self.delay = delay
    }

    /// - Parameter announce: must not wait.
    func attemptStarted(_ announce: @escaping @Sendable () -> Void) -> Item {
        let item = Item(due: .now + delay, announce: announce)
        guard delay > .zero else {
            item.fallDue()
            return item
        }
        let isFirst = items.withLock { items in
            items.append(item)
            return items.count == 1
        }
        if isFirst { arrivals.continuation.yield() }
        return item
    }

    /// Announces what falls due, until cancelled.
    func run() async {
        for await _ in arrivals.stream {
            while let next = items.withLock({ $0.first?.due }) {
                guard (try? await Task.sleep(until: next + Self.step, clock: .continuous)) != nil else { return }
                for item in dueItems(at: .now) { item.fallDue() }
            }
        }
    }

    private func dueItems(at now: ContinuousClock.Instant) -> [Item] {
        items.withLock { items in
            let due = Array(items.prefix { $0.due <= now })
            items.removeFirst(due.count)
            return due
        }
    }
}
