internal import DequeModule

/// Publisher confirms of one channel: which publish each ack, nack and return is for.
///
/// Sequence numbers start at 1 after `confirm.select` and grow by one a publish. `basic.return` carries no number: it precedes the
/// confirm of its message, and the broker returns messages in publishing order, so it belongs to the first open publish with the
/// same address and message id. Messages without an id to one address can be told apart only by that order.
struct ConfirmTracker<Token> {
    enum Outcome: Hashable {
        case stored
        case refused
        case returned(replyCode: UInt16, replyText: String)
    }

    /// What tells a mandatory message from others when it comes back.
    struct Address: Hashable {
        var exchange: String
        var routingKey: String
        var messageID: String?
    }

    private struct Entry {
        /// Nil once resolved.
        var token: Token?
        var address: Address?
        var returned: Outcome?
    }

    /// From the oldest open publish on; the first has sequence number `base`.
    private var entries: Deque<Entry> = []
    private var base: UInt64 = 1
    /// Where the search for the next returned message starts: after the last one.
    private var nextReturn: UInt64 = 1
    private(set) var openCount = 0

    /// Registers a publish and gives its sequence number. `address` is wanted for mandatory messages only.
    @discardableResult
    mutating func published(_ token: Token, address: Address?) -> UInt64 {
        entries.append(Entry(token: token, address: address))
        openCount += 1
        return base + UInt64(entries.count - 1)
    }

    mutating func returned(_ address: Address, replyCode: UInt16, replyText: String) {
        let start = Int(max(nextReturn, base) - base)
        guard start < entries.count, let index = entries[start...].firstIndex(where: { $0.address == address && $0.token != nil }) else {
            return
        }
        entries[index].returned = .returned(replyCode: replyCode, replyText: replyText)
        nextReturn = base + UInt64(index) + 1
    }

    /// The publishes that an ack or a nack resolves, oldest first. Numbers out of range or resolved already resolve nothing.
    mutating func confirmed(_ tag: UInt64, isMultiple: Bool, isAck: Bool) -> [(Token, Outcome)] {
        // Tag 0 with `multiple` means all of them (AMQP 0-9-1, basic.ack).
        let last = tag == 0 && isMultiple ? base + UInt64(entries.count) - 1 : tag
        guard last >= base, last < base + UInt64(entries.count) else { return [] }
        let lastIndex = Int(last - base)
        var resolved: [(Token, Outcome)] = []
        for index in (isMultiple ? 0 : lastIndex)...lastIndex {
            let outcome = entries[index].returned ?? (isAck ? .stored : .refused)
            if let token = take(index) { resolved.append((token, outcome)) }
        }
        trim()
        return resolved
    }

    /// Gives up on the oldest open publishes, up to the first for which `isDue` does not hold. Their confirms, should they still
    /// come, resolve nothing.
    mutating func timedOut(_ isDue: (Token) -> Bool) -> [Token] {
        var due: [Token] = []
        while let token = entries.first?.token, isDue(token) {
            due.append(token)
            _ = take(0)
            trim()
        }
        return due
    }

    /// All open publishes, oldest first: the channel is gone and their outcome will never be known.
    mutating func channelClosed() -> [Token] {
        defer {
            base += UInt64(entries.count)
            entries.removeAll()
            openCount = 0
        }
        return entries.compactMap(\.token)
    }

    private mutating func take(_ index: Int) -> Token? {
        guard let token = entries[index].token else { return nil }
        entries[index] = Entry()
        openCount -= 1
        return token
    }

    private mutating func trim() {
        while let first = entries.first, first.token == nil {
            entries.removeFirst()
            base += 1
        }
    }
}
