package import MoltBotCore
internal import NIOCore

/// One message of the ledger stream, in the stream's order.
package struct LedgerEntry: Sendable {
    package enum Content: Sendable {
        case task(LedgerTask)
        /// An event of a task.
        case event(TaskEvent)
        /// A task that was told before and that no worker will get.
        case refused(RefusedTask)
        /// A batch that was taken.
        case batch(TaskBatch)
        /// A mark that a reader of the ledger has put there (``LedgerMarks``).
        case barrier(String)
        /// An event of another kind (`webhook.*`, `model.*`), or something that no reader of today understands.
        case other
    }

    /// The message's place in the stream, from 0 without gaps; it never changes.
    package let offset: Int64
    package let content: Content
    /// The message id: an event's own id, or the task's.
    package let id: String?
    /// The event's type, `moltbot.task`, or whatever the sender wrote.
    package let type: String?
    package let routingKey: String
    private let body: ByteBuffer

    package init(
        offset: Int64, content: Content, id: String? = nil, type: String? = nil, routingKey: String = "", body: [UInt8] = []
    ) {
        self.init(offset: offset, content: content, id: id, type: type, routingKey: routingKey, buffer: ByteBuffer(bytes: body))
    }

    init(offset: Int64, content: Content, id: String?, type: String?, routingKey: String, buffer: ByteBuffer) {
        self.offset = offset
        self.content = content
        self.id = id
        self.type = type
        self.routingKey = routingKey
        body = buffer
    }

    /// In bytes.
    package var bodySize: Int { body.readableBytes }

    /// The message's body, for example the whole event in JSON, without a copy.
    package func withBody<Result>(_ read: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body.withUnsafeReadableBytes(read)
    }

    /// Where a reader is once it is done with this entry.
    package var position: LedgerPosition { LedgerPosition(offset: offset, fingerprint: "\(id ?? ""):\(bodySize)") }
}

/// How far a reader of the ledger has come.
package struct LedgerPosition: Sendable, Equatable {
    /// Of the last entry that was read.
    package var offset: Int64
    /// Tells that entry from another one at the same offset: a stream that was deleted and declared again counts from 0 again.
    package var fingerprint: String

    package init(offset: Int64, fingerprint: String) {
        self.offset = offset
        self.fingerprint = fingerprint
    }
}
