internal import MoltBotCore
internal import MoltBotMessaging
internal import NIOCore

/// An event on its way to listeners, as the text of a server-sent event: put together once, for however many of them.
struct LiveEvent: Sendable {
    /// Its place in the ledger stream.
    let position: LedgerPosition
    let type: String
    let workspace: Workspace
    /// Nil for events that are about no task.
    let task: TaskID?
    let isEndOfTask: Bool
    /// The event in JSON.
    let document: ByteBuffer

    /// Nil for entries of the stream that are no events.
    init?(_ entry: LedgerEntry) {
        guard let type = entry.type else { return nil }
        switch entry.content {
        case .event(let event):
            workspace = event.workspace
            task = event.taskID
            isEndOfTask = event.type.isTerminal
        case .other:
            // webhook.* and model.* events; their routing key is `<workspace>.<type>`.
            guard entry.routingKey.hasSuffix("." + type), let workspace = Workspace(String(entry.routingKey.dropLast(type.count + 1)))
            else {
                return nil
            }
            self.workspace = workspace
            task = nil
            isEndOfTask = false
        case .task, .refused, .batch, .barrier:
            return nil
        }
        self.type = type
        position = entry.position
        document = entry.withBody { ByteBuffer(bytes: $0) }
    }

    /// The frame of <https://html.spec.whatwg.org/multipage/server-sent-events.html>. Its id is all that is needed to go on after it,
    /// on any node.
    var frame: ByteBuffer {
        var frame = ByteBufferAllocator().buffer(capacity: document.readableBytes + 128)
        frame.writeString("id: \(LiveCursor(position).text)\nevent: \(type)\n")
        for line in document.readableBytesView.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            frame.writeString("data: ")
            frame.writeBytes(line)
            frame.writeString("\n")
        }
        frame.writeString("\n")
        return frame
    }
}

/// A place in the stream as `id` of a server-sent event, which comes back as `Last-Event-ID`.
struct LiveCursor {
    private static let longestText = 512

    let position: LedgerPosition

    init(_ position: LedgerPosition) {
        self.position = position
    }

    /// Nil for a text that no node has sent.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longestText, parts.count == 2, let offset = Int64(parts[0]), offset >= 0 else { return nil }
        position = LedgerPosition(offset: offset, fingerprint: String(parts[1]))
    }

    var text: String { "\(position.offset):\(position.fingerprint)" }
}
