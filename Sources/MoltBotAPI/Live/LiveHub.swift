internal import DequeModule
internal import Metrics
internal import MoltBotMessaging
internal import NIOCore
internal import Synchronization

/// Hands the events of the ledger stream to all who listen on this node; the stream itself is read once.
///
/// Keeps the last events, so that a listener that comes back in time finds what it missed without a look at the broker.
final class LiveHub: Sendable {
    enum Item: Sendable {
        case event(LiveEvent)
        /// Nothing happened for a while; tells both ends that the other one is there.
        case heartbeat
        /// The stream was replaced by another one: what comes has new places, and something may be missing before it.
        case newStream
        case end(EndReason)
    }

    enum EndReason: String, Sendable {
        /// It took less than came, and would have had to be buffered for.
        case tooSlow = "too-slow"
        /// The key that let it in was revoked, or its token has expired.
        case accessEnded = "access-ended"
        case stopping
    }

    /// What a listener needs to start.
    struct Subscription: Sendable {
        let id: Int
        let items: AsyncStream<Item>
        /// The last event before the items.
        let joinedAfter: Int64
        /// What the hub still has after the listener's place, up to `joinedAfter`; nil when it has forgotten that place.
        let missed: [LiveEvent]?
    }

    private struct Listener {
        var filter: LiveFilter
        let grant: Grant
        let source: AsyncStream<Item>.Continuation
        let sentAway: @Sendable () -> Void
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var lastListener = 0
        var recent: Deque<LiveEvent> = []
        var recentBytes = 0
        var lastOffset: Int64 = -1
        var isLive = false
        var isStopped = false
    }

    /// Events that a listener may be behind.
    private static let backlog = 1000
    private static let maximumRecent = 20_000
    private static let maximumRecentBytes = 32 << 20

    private let state = Mutex(State())
    private let listenerGauge = Gauge(label: "moltbot.live.listeners")

    var listenerCount: Int { state.withLock { $0.listeners.count } }
    /// Of the last entry that was told; -1 before the first one.
    var lastOffset: Int64 { state.withLock(\.lastOffset) }

    // MARK: Listening

    /// - Parameters:
    ///   - grant: what lets the listener in.
    ///   - place: the last event that the listener has; nil for one that wants what comes from now on.
    ///   - sentAway: called once if the hub lets go of the listener, which may be stuck in a write and not see it. Must not block.
    func join(
        _ filter: LiveFilter, with grant: Grant, after place: LedgerPosition?, sentAway: @escaping @Sendable () -> Void = {}
    ) -> Subscription {
        let (items, source) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingOldest(Self.backlog))
        let subscription = state.withLock { state in
            state.lastListener += 1
            if state.isStopped {
                source.yield(.end(.stopping))
                source.finish()
                sentAway()
            } else {
                state.listeners[state.lastListener] = Listener(filter: filter, grant: grant, source: source, sentAway: sentAway)
            }
            return Subscription(
                id: state.lastListener, items: items, joinedAfter: state.lastOffset,
                missed: place.flatMap { Self.missed(after: $0, filter, state) })
        }
        listenerGauge.record(listenerCount)
        return subscription
    }

    func leave(_ id: Int) {
        state.withLock { _ = $0.listeners.removeValue(forKey: id) }
        listenerGauge.record(listenerCount)
    }

    private static func missed(after place: LedgerPosition, _ filter: LiveFilter, _ state: State) -> [LiveEvent]? {
        if place.offset > state.lastOffset { return [] }
        // An offset alone may be one of a stream that was deleted.
        guard let known = state.recent.firstIndex(where: { $0.position == place }) else { return nil }
        return state.recent[(known + 1)...].filter { filter.matches($0) }
    }

    // MARK: Telling

    /// Takes the next entries of the stream, in its order. Those that were told already, by a node that reads the stream once more, are
    /// nothing new.
    func tell(_ batch: LedgerBatch) {
        let told = batch.beginsAnew ? -1 : lastOffset
        let entries = batch.entries.drop { $0.offset <= told }
        let events = entries.compactMap { LiveEvent($0) }
        state.withLock { state in
            if batch.beginsAnew {
                state.recent.removeAll()
                state.recentBytes = 0
                Self.hand(.newStream, in: &state) { _ in true }
            }
            if let last = entries.last { state.lastOffset = last.offset }
            for event in events { Self.remember(event, in: &state) }
            guard state.isLive else { return }
            for event in events { Self.hand(.event(event), in: &state) { $0.matches(event) } }
        }
    }

    /// What was told before was the past: a node that has just started reads it up.
    func goLive() { state.withLock { $0.isLive = true } }

    func heartbeat() {
        state.withLock { state in Self.hand(.heartbeat, in: &state) { _ in true } }
    }

    /// Sends all listeners away.
    func stop() {
        let listeners = state.withLock { state in
            state.isStopped = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        Self.sendAway(listeners, .stopping)
    }

    /// Sends those away whose grant has ended.
    func dismiss(unless isValid: (Grant) -> Bool) {
        let listeners = state.withLock { state in
            let ended = state.listeners.filter { !isValid($0.value.grant) }
            for id in ended.keys { state.listeners[id] = nil }
            return Array(ended.values)
        }
        Self.sendAway(listeners, .accessEnded)
    }

    private static func sendAway(_ listeners: [Listener], _ reason: EndReason) {
        for listener in listeners {
            listener.source.yield(.end(reason))
            listener.source.finish()
            listener.sentAway()
        }
    }

    private static func hand(_ item: Item, in state: inout State, where isWanted: (LiveFilter) -> Bool) {
        for (id, listener) in state.listeners where isWanted(listener.filter) {
            guard case .dropped = listener.source.yield(item) else { continue }
            // Its buffer is full. What is in there still goes out, and the end of the stream is known to be a forced one.
            Counter(label: "moltbot.live.dropped").increment()
            listener.source.finish()
            listener.sentAway()
            state.listeners[id] = nil
        }
    }

    private static func remember(_ event: LiveEvent, in state: inout State) {
        state.recent.append(event)
        state.recentBytes += event.document.readableBytes
        while state.recent.count > maximumRecent || state.recentBytes > maximumRecentBytes, let oldest = state.recent.popFirst() {
            state.recentBytes -= oldest.document.readableBytes
        }
    }
}
