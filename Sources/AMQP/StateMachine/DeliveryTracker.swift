internal import DequeModule

/// Deliveries of one channel that wait for their acknowledgement, and the fewest methods that settle what is done.
///
/// Delivery tags start at 1 and grow by one. A run of acknowledged deliveries at the front leaves as one `basic.ack` with `multiple`;
/// the rest leave singly. An unknown or repeated tag never reaches the wire: the broker would close the channel for it.
struct DeliveryTracker {
    private struct Entry {
        var tag: UInt64
        var state: State
    }

    private enum State {
        case open
        case acked
        case settled
    }

    /// In the order of their tags. Holds about as many entries as deliveries are open, however old the oldest of them is.
    private var entries: Deque<Entry> = []
    private var settledCount = 0
    private var lastTag: UInt64 = 0
    private var unsentAcks: [UInt64] = []

    var entryCount: Int { entries.count }

    mutating func delivered(_ tag: UInt64) throws(AMQPError) {
        guard tag == lastTag &+ 1 else {
            throw AMQPError(.protocolViolation, "the broker sent delivery tag \(tag) after \(lastTag)")
        }
        lastTag = tag
        entries.append(Entry(tag: tag, state: .open))
    }

    /// Records a handler's verdict. Acks wait for ``flush()``; a refusal comes back as the method to send now.
    mutating func settled(_ tag: UInt64, _ disposition: AMQPDisposition) -> Method? {
        guard let index = index(of: tag), entries[index].state == .open else { return nil }
        switch disposition {
        case .ack:
            entries[index].state = .acked
            unsentAcks.append(tag)
            return nil
        case .requeue, .deadLetter:
            settle(index)
            trim()
            return .basicReject(tag: tag, requeue: disposition == .requeue)
        }
    }

    /// The acknowledgements that are due, in order.
    mutating func flush() -> [Method] {
        guard !unsentAcks.isEmpty else { return [] }
        var front: (tag: UInt64, count: Int)?
        while let first = entries.first, first.state != .open {
            if first.state == .acked {
                front = (first.tag, (front?.count ?? 0) + 1)
            } else {
                settledCount -= 1
            }
            entries.removeFirst()
        }
        var methods: [Method] = []
        if let front { methods.append(.basicAck(tag: front.tag, isMultiple: front.count > 1)) }
        for tag in unsentAcks {
            guard let index = index(of: tag) else { continue }
            settle(index)
            methods.append(.basicAck(tag: tag, isMultiple: false))
        }
        unsentAcks.removeAll(keepingCapacity: true)
        trim()
        return methods
    }

    private mutating func settle(_ index: Int) {
        entries[index].state = .settled
        settledCount += 1
    }

    /// Forgets settled entries: those at the front at once, those behind an open one when they are the greater part.
    private mutating func trim() {
        while let first = entries.first, first.state == .settled {
            entries.removeFirst()
            settledCount -= 1
        }
        guard settledCount > 64, settledCount > entries.count / 2 else { return }
        entries.removeAll { $0.state == .settled }
        settledCount = 0
    }

    private func index(of tag: UInt64) -> Int? {
        var range = 0..<entries.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if entries[middle].tag == tag { return middle }
            range = entries[middle].tag < tag ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
