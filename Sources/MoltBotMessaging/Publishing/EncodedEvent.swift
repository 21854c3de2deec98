package import MoltBotCore
internal import NIOCore

/// An event of a task as it goes out: encoded once for all who get it. It takes a fraction of the memory of the outcome in it.
package struct EncodedEvent: Sendable {
    package let id: String
    package let taskID: TaskID
    let type: TaskEventType
    let time: Timestamp
    let workspace: Workspace
    /// Of every message about it.
    let body: ByteBuffer

    package init(_ event: TaskEvent) {
        id = event.id
        taskID = event.taskID
        type = event.type
        time = event.time
        workspace = event.workspace
        body = ByteBuffer(bytes: event.encode())
    }

    /// About how many bytes it takes.
    package var memory: Int { body.storageCapacity + Self.usual }

    /// Beside the body.
    private static let usual = 512
}
