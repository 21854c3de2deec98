internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import ServiceLifecycle

/// Looks at tasks, waits for them, and cancels them.
struct TaskEndpoints: EndpointGroup {
    /// A wait without a timeout of its own; the original MoltBot's.
    private static let defaultWait = Duration.seconds(60)
    private static let longestWait = 3600

    let reader: TaskReader
    let cancellation: TaskCancellation

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/tasks", .read) { request, context in try await list(request, context) },
            Endpoint(.get, "/tasks/{id}", .read) { request, context in
                _ = try Query(request, known: [])
                let detail = try await reader.existingTask(context)
                return .json { $0.task(detail) }
            },
            Endpoint(.get, "/tasks/{id}/history", .read) { request, context in try await history(request, context) },
            Endpoint(.post, "/tasks/{id}/wait", .read) { request, context in try await wait(request, context) },
            Endpoint(.post, "/tasks/{id}/cancel", .submit) { request, context in
                _ = try Query(request, known: [])
                return try await cancellation.cancel(try await reader.existingTask(context))
            },
        ]
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let listing = try TaskListing(request, context.caller)
        await reader.catchUp()
        let page: TaskPage
        do {
            page = try await reader.store.tasks(listing.filter, after: listing.cursor, limit: listing.limit)
        } catch {
            throw Problem(error)
        }
        var headers: HTTPFields = [:]
        if let next = page.next { headers[.link] = listing.link(to: next) }
        return .json(headers: headers) { writer in
            writer.beginObject()
            writer.name("tasks")
            writer.beginArray()
            for task in page.tasks { writer.task(task) }
            writer.endArray()
            writer.member("has_more", page.next != nil)
            writer.member("next_cursor", page.next?.description)
            writer.endObject()
        }
    }

    private func history(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try Query(request, known: [])
        let detail = try await reader.existingTask(context)
        do {
            guard let history = try await reader.store.history(of: detail.record.id, in: context.caller.workspace) else {
                throw Problem.notFound("Task \(detail.record.id)")
            }
            return .json { $0.history(history) }
        } catch let error as LedgerError {
            throw Problem(error)
        }
    }

    /// Answers when the task has ended; 408 when the caller's time is over first, and the task goes on.
    private func wait(_ request: Request, _ context: APIContext) async throws -> Response {
        let timeout = try Query(request, known: ["timeout"]).seconds("timeout", in: 0...Self.longestWait) ?? Self.defaultWait
        var detail = try await reader.existingTask(context)
        if !detail.record.status.isTerminal {
            let id = detail.record.id
            let store = reader.store
            let workspace = context.caller.workspace
            // A client that has hung up waits no more; nor does a server that stops.
            let ended = try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await cancelWhenGracefulShutdown {
                    do {
                        let detail = try await store.waitForEnd(of: id, in: workspace, within: timeout)
                        try Task.checkCancellation()
                        return detail
                    } catch let error as LedgerError {
                        throw Problem(error)
                    }
                }
            }
            detail = ended ?? detail
        }
        guard detail.record.status.isTerminal else {
            throw Problem(
                .requestTimeout, "wait-timeout", "The task has not ended yet",
                "The task is \(detail.record.status.rawValue) after \(timeout.wholeMilliseconds) ms, and goes on.",
                remedy: "Wait again, or look at it with GET /tasks/{id}.")
        }
        var response = Response.json { $0.task(detail) }
        // Whoever waited has had the connection's input watched, and that ends with the request.
        response.headers[.connection] = "close"
        return response
    }
}
