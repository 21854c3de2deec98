internal import DequeModule

/// Deliveries of one channel that wait for their acknowledgement, and the fewest methods that settle what is done.
///
/// Delivery tags start at 1 and grow by one. A run of acknowledged deliveries at the front leaves as one `basic.ack` with `multiple`;
/// the rest leave singly. An unknown or repeated tag never reaches the wire: the broker would close the channel for it.
struct DeliveryTracker {
    private enum Entry {
        case open
        case acked
        case settled
    }

    private var entries: Deque<Entry> = []
    private var base: UInt64 = 1
    private var unsentAcks: [UInt64] = []

    mutating func delivered(_ tag: UInt64) {
        // A gap would mean that the broker skipped a number; treat the missing ones as settled.
        while base + UInt64(entries.count) < tag { entries.append(.settled) }
        entries.append(.open)
    }

    /// Records a handler's verdict. Acks wait for ``flush()``; a refusal comes back as the method to send now.
    mutating func settled(_ tag: UInt64, _ disposition: AMQPDisposition) -> Method? {
        guard tag >= base, tag < base + UInt64(entries.count), case .open = entries[Int(tag - base)] else { return nil }
        switch disposition {
        case .ack:
            entries[Int(tag - base)] = .acked
            unsentAcks.append(tag)
            return nil
        case .requeue, .deadLetter:
            entries[Int(tag - base)] = .settled
            trim()
            return .basicReject(tag: tag, requeue: disposition == .requeue)
        }
    }

    /// The acknowledgements that are due, in order.
    mutating func flush() -> [Method] {
        guard !unsentAcks.isEmpty else { return [] }
        defer { unsentAcks.removeAll(keepingCapacity: true) }
        var methods: [Method] = []
        var front: UInt64?
        var frontCount = 0
        while let first = entries.first {
            if case .open = first { break }
            if case .acked = first {
                front = base
                frontCount += 1
            }
            entries.removeFirst()
            base += 1
        }
        if let front { methods.append(.basicAck(tag: front, isMultiple: frontCount > 1)) }
        for tag in unsentAcks where tag >= base {
            entries[Int(tag - base)] = .settled
            methods.append(.basicAck(tag: tag, isMultiple: false))
        }
        return methods
    }

    var openCount: Int {
        entries.count { if case .open = $0 { true } else { false } }
    }

    private mutating func trim() {
        while case .settled? = entries.first {
            entries.removeFirst()
            base += 1
        }
    }
}
