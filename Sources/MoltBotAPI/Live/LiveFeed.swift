internal import DequeModule
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging
internal import NIOCore

/// Where listeners join: what they missed comes first, then what happens.
struct LiveFeed: Sendable {
    let hub: LiveHub
    let replay: LiveReplay
    let ledger: LedgerService
    /// For a listener that is sent away to read what waits for it, and the reason.
    let farewell: Duration

    /// Nothing that happens after this call is missed, or the listener is told that there is a gap.
    /// - Parameters:
    ///   - grant: what lets the listener in; it is sent away when that ends.
    ///   - cursor: where the listener left off; nil for what comes from now on.
    ///   - channel: closed after `farewell` if the listener is sent away: a reader that reads nothing never comes to the reason.
    func join(_ filter: LiveFilter, with grant: Grant, after cursor: LiveCursor? = nil, on channel: any Channel) async -> LiveListener {
        var cursor = cursor
        var hasGap = false
        if let place = cursor?.position, place.offset > hub.lastOffset {
            // Where it can't be told, the place may be one of another stream as well.
            let isKnown = await end().map { place.offset <= $0 } ?? false
            if !isKnown { (cursor, hasGap) = (nil, true) }
        }
        let farewell = TimeAmount(farewell)
        let subscription = hub.join(filter, with: grant, after: cursor?.position) {
            channel.eventLoop.scheduleTask(in: farewell) { channel.close(promise: nil) }
        }
        return LiveListener(subscription, filter, after: cursor, hasGap: hasGap, replay)
    }

    /// The offset of the stream's last entry, nil when it can't be had now. A place behind it is one of a stream that was deleted;
    /// one behind what this node has read may come from a node that is further.
    private func end() async -> Int64? {
        guard (try? await ledger.waitUntilRead()) != nil else { return nil }
        return try? await ledger.store.position()?.offset
    }

    /// The listener gets nothing more.
    func leave(_ listener: LiveListener) { hub.leave(listener.id) }
}

/// One listener's view of the events, which it takes at its own speed.
struct LiveListener {
    enum Item: Sendable {
        case event(LiveEvent)
        /// Nothing happened for a while.
        case heartbeat
        /// Some events between the listener's place and the next ones can't be had any more, or nobody can say whether.
        case gap
        /// The listener is sent away.
        case end(LiveHub.EndReason)
    }

    let id: Int
    private let filter: LiveFilter
    private let replay: LiveReplay
    private let joinedAfter: Int64
    /// The last event that it had before it joined; -1 once the stream is another one, whose offsets begin anew.
    private var known: Int64
    private var missed: Deque<Item>
    /// Where the next page of the past begins; nil when there is none.
    private var past: LedgerPosition?
    private var live: AsyncStream<LiveHub.Item>.Iterator
    private var hasEnded = false

    init(
        _ subscription: LiveHub.Subscription, _ filter: LiveFilter, after cursor: LiveCursor?, hasGap: Bool, _ replay: LiveReplay
    ) {
        id = subscription.id
        self.filter = filter
        self.replay = replay
        joinedAfter = subscription.joinedAfter
        known = cursor?.position.offset ?? -1
        missed = hasGap ? [.gap] : Deque((subscription.missed ?? []).map { .event($0) })
        past = subscription.missed == nil ? cursor?.position : nil
        live = subscription.items.makeAsyncIterator()
    }

    /// The next item; nil after `end`.
    /// - Throws: `CancellationError`.
    mutating func next() async throws -> Item? {
        if let item = try await nextMissed() { return item }
        return hasEnded ? nil : try await nextLive()
    }

    /// The next of what happened before the listener joined; nil when it has all of that.
    /// - Throws: `CancellationError`.
    mutating func nextMissed() async throws -> Item? {
        while true {
            if let item = missed.popFirst() { return item }
            guard let start = past else { return nil }
            let page = try await replay.page(after: start, through: joinedAfter, filter)
            past = page.isLast ? nil : page.position
            if page.hasGap { missed.append(.gap) }
            missed.append(contentsOf: page.events.map { .event($0) })
        }
    }

    private mutating func nextLive() async throws -> Item {
        while let item = await live.next(isolation: #isolation) {
            switch item {
            case .event(let event):
                // This node may be behind the one that the listener was on before.
                if event.position.offset > known { return .event(event) }
            case .heartbeat: return .heartbeat
            case .newStream:
                known = -1
                return .gap
            case .end(let reason):
                hasEnded = true
                return .end(reason)
            }
        }
        try Task.checkCancellation()
        // Its buffer was full, and the hub has let go of it.
        hasEnded = true
        return .end(.tooSlow)
    }
}
