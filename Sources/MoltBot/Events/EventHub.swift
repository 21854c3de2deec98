internal import Synchronization

/// Hands each event to all who listen. A listener that is too slow misses the oldest ones, and holds up nobody.
final class EventHub: Sendable {
    /// Events that may have come before and come again: an outcome is repeated within seconds, if at all.
    private static let rememberedIDs = 10_000

    private struct State {
        var listeners: [Int: EventBuffer] = [:]
        var lastListener = 0
        var seen = RecentIDs(limit: EventHub.rememberedIDs)
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Hears all that comes from now on, until ``remove(_:)`` or until nobody holds the stream any more.
    func add(limit: Int) -> (number: Int, events: MoltBot.Events) {
        let (stream, source) = AsyncStream.makeStream(of: MoltBot.Event.self, bufferingPolicy: .bufferingNewest(max(1, limit)))
        let buffer = EventBuffer(source)
        let number = state.withLock { state in
            state.lastListener += 1
            if !state.isClosed { state.listeners[state.lastListener] = buffer }
            return state.isClosed ? nil : state.lastListener
        }
        guard let number else {
            buffer.close()
            return (0, MoltBot.Events(stream: stream, buffer: buffer))
        }
        source.onTermination = { [weak self] _ in self?.remove(number) }
        return (number, MoltBot.Events(stream: stream, buffer: buffer))
    }

    func remove(_ number: Int) {
        state.withLock { $0.listeners.removeValue(forKey: number) }?.close()
    }

    func arrived(_ event: MoltBot.Event) {
        let listeners = state.withLock { state in
            state.seen.insert(event.id) ? Array(state.listeners.values) : []
        }
        for listener in listeners { listener.add(event) }
    }

    /// Listeners get what they have not read yet, and then the end.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners.removeAll() }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.close() }
    }
}
