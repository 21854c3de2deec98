internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import NIOCore

/// `/events` and `/tasks/{id}/events`: server-sent events.
struct EventStreamEndpoints: EndpointGroup {
    let feed: LiveFeed
    let reader: TaskReader

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/events", .read) { request, context in
                let query = try Query(request, known: ["type", "task", "last_event_id"])
                var filter = LiveFilter(workspace: context.caller.workspace, types: try LiveFilter.types(query["type"]))
                if let text = query["task"] {
                    guard let task = TaskID(text) else { throw Problem.invalidQuery("task", expected: "a task id", got: text) }
                    filter.task = task
                }
                let cursor = try Self.cursor(request, query)
                return stream(request, context, filter, cursor, endsWithTask: false)
            },
            Endpoint(.get, "/tasks/{id}/events", .read) { request, context in
                let query = try Query(request, known: ["last_event_id"])
                let task = try await reader.existingTask(context).record.id
                return stream(
                    request, context, LiveFilter(workspace: context.caller.workspace, task: task), try Self.cursor(request, query),
                    endsWithTask: true)
            },
        ]
    }

    private static func cursor(_ request: Request, _ query: Query) throws(Problem) -> LiveCursor? {
        guard let text = request.headers[.lastEventID] ?? query["last_event_id"], !text.isEmpty else { return nil }
        guard let cursor = LiveCursor(text) else { throw .invalidQuery("Last-Event-ID", expected: "the id of an event", got: text) }
        return cursor
    }

    private func stream(
        _ request: Request, _ context: APIContext, _ filter: LiveFilter, _ cursor: LiveCursor?, endsWithTask: Bool
    ) -> Response {
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no", .connection: "close",
        ]
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    var listener = await feed.join(filter, with: context.caller.grant, after: cursor, on: context.channel)
                    defer { feed.leave(listener) }
                    // The first bytes tell the client that it listens now.
                    try await writer.write(LiveFrame.hello)
                    if endsWithTask, let end = try await end(of: filter) {
                        // What was missed comes first; where there is a place to go on from, the end is the last of it.
                        var hasEnded = false
                        while let item = try await listener.nextMissed() {
                            try await writer.write(LiveFrame.of(item))
                            if case .event(let event) = item { hasEnded = event.isEndOfTask }
                        }
                        if !hasEnded { try await writer.write(end) }
                        return
                    }
                    while let item = try await listener.next() {
                        try await writer.write(LiveFrame.of(item))
                        if endsWithTask, case .event(let event) = item, event.isEndOfTask { return }
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// The terminal event of a task that ended before anybody listened, or word of it.
    private func end(of filter: LiveFilter) async throws -> ByteBuffer? {
        // Before the task is looked at: what happens after it is not told here.
        let position = try await reader.store.position()
        guard let task = filter.task, let detail = try await reader.store.task(task, in: filter.workspace),
            detail.record.status.isTerminal
        else { return nil }
        return detail.end.map { LiveFrame.of($0, at: position) } ?? LiveFrame.end(of: task, as: detail.record.status)
    }
}
