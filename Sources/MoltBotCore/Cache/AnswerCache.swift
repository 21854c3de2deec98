/// Values by key, each until its time is over; the ones not used for longest give way when the bytes run out. Pure; the caller brings the time.
package struct AnswerCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private struct Entry {
        let key: Key
        var value: Value
        var bytes: Int
        var expires: Instant
        /// Positions of the neighbours in the order of use.
        var newer: Int?
        var older: Int?
    }

    /// Beside what the caller counts, for keys and links.
    private static var overhead: Int { 200 }

    package let maximumBytes: Int
    package private(set) var bytes = 0
    /// Values that gave way because the bytes ran out.
    package private(set) var evictions = 0
    private var positions: [Key: Int] = [:]
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var newest: Int?
    private var oldest: Int?

    package init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    package var count: Int { positions.count }

    /// The value, which counts as used now; nil when there is none or its time is over.
    package mutating func value(for key: Key, at now: Instant) -> Value? {
        guard let position = positions[key], let entry = entries[position] else { return nil }
        guard entry.expires > now else {
            remove(position)
            return nil
        }
        unlink(position)
        link(position)
        return entry.value
    }

    /// Stores a value for a time. One that is bigger than the whole cache is not stored.
    /// - Parameter size: bytes that the value takes.
    package mutating func store(_ value: Value, size: Int, for key: Key, until expires: Instant) {
        if let position = positions[key] { remove(position) }
        let bytes = max(size, 0) + Self.overhead
        guard bytes <= maximumBytes else { return }
        while self.bytes + bytes > maximumBytes, let oldest {
            remove(oldest)
            evictions += 1
        }
        let entry = Entry(key: key, value: value, bytes: bytes, expires: expires)
        let position = free.popLast() ?? entries.count
        if position == entries.count { entries.append(entry) } else { entries[position] = entry }
        positions[key] = position
        self.bytes += bytes
        link(position)
    }

    private mutating func remove(_ position: Int) {
        guard let entry = entries[position] else { return }
        unlink(position)
        positions[entry.key] = nil
        entries[position] = nil
        bytes -= entry.bytes
        free.append(position)
    }

    private mutating func link(_ position: Int) {
        entries[position]?.newer = nil
        entries[position]?.older = newest
        if let newest { entries[newest]?.newer = position } else { oldest = position }
        newest = position
    }

    private mutating func unlink(_ position: Int) {
        guard let entry = entries[position] else { return }
        if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
        if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
    }
}
