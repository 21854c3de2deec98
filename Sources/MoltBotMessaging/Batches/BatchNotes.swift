package import MoltBotCore

/// What a node that hands a batch on has seen of it, for the node that works on it next.
package struct BatchNotes: Sendable, Equatable {
    /// Tasks that waited and tasks that had ended, since ``unchangedSince``.
    package var waiting: Int
    package var ended: Int
    package var unchangedSince: Timestamp
    /// Tasks that were let through in place of others whose end the ledger seems to have missed.
    package var excused: Int
    /// When a message was last taken from its queue: only that keeps a quorum queue from expiring, a passive declare does not.
    package var usedAt: Timestamp

    /// Of a batch that nobody has worked on yet.
    package init(_ batch: TaskBatch, now: Timestamp) {
        self.init(waiting: batch.total, ended: 0, unchangedSince: now, excused: 0, usedAt: batch.acceptedAt)
    }

    package init(waiting: Int, ended: Int, unchangedSince: Timestamp, excused: Int, usedAt: Timestamp) {
        self.waiting = waiting
        self.ended = ended
        self.unchangedSince = unchangedSince
        self.excused = excused
        self.usedAt = usedAt
    }

    /// - Parameter wasInterrupted: the node that had the batch since they were written has died: nobody knows what it did.
    init?(_ document: JSONValue?, wasInterrupted: Bool, now: Timestamp) {
        guard let waiting = document?["waiting"]?.integerValue, let ended = document?["ended"]?.integerValue,
            let unchangedSince = document?["unchanged_since"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let excused = document?["excused"]?.integerValue.map({ Int(clamping: $0) }), excused >= 0,
            let usedAt = document?["used_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(
            waiting: Int(clamping: waiting), ended: Int(clamping: ended), unchangedSince: wasInterrupted ? now : unchangedSince,
            excused: excused, usedAt: usedAt)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("waiting", waiting)
        writer.member("ended", ended)
        writer.member("unchanged_since", unchangedSince)
        writer.member("excused", excused)
        writer.member("used_at", usedAt)
        writer.endObject()
    }
}
