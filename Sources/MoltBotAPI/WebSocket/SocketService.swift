internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging
internal import NIOCore

/// What a WebSocket can ask for; the same as over HTTP.
struct SocketService: Sendable {
    let feed: LiveFeed
    let reader: TaskReader
    let acceptance: TaskAcceptance
    let cancellation: TaskCancellation
    let logger: Logger

    /// Takes a task.
    /// - Throws: ``Problem``.
    func submit(_ document: JSONValue, _ caller: Caller) async throws(Problem) -> TaskAcceptance.Accepted {
        guard caller.may(.submit) else {
            throw Problem(.forbidden, "insufficient-scope", "The key is not for this", "This needs a key with the scope \"submit\".")
        }
        return try await acceptance.accept(try SubmissionEndpoints.submission(try TaskDraft(document), nil, caller))
    }

    /// Cancels a task.
    /// - Returns: what was said over HTTP: `cancelled` or `cancelling`.
    /// - Throws: ``Problem``.
    func cancel(_ id: TaskID, _ caller: Caller) async throws -> String {
        guard caller.may(.submit) else {
            throw Problem(.forbidden, "insufficient-scope", "The key is not for this", "This needs a key with the scope \"submit\".")
        }
        guard let detail = try await reader.task(id, in: caller.workspace) else { throw Problem.notFound("Task \(id.rawValue.prefix(64))") }
        return try await cancellation.cancel(detail).status == .ok ? "cancelled" : "cancelling"
    }
}

/// `GET /ws` of clients that are not let in, or ask for no upgrade.
struct SocketEndpoints: EndpointGroup {
    var endpoints: [Endpoint] {
        [
            Endpoint(.get, SocketGate.path, .read) { _, _ in
                var problem = Problem(
                    .upgradeRequired, "upgrade-required", "This is a WebSocket",
                    "Ask for an upgrade (RFC 6455), with the first request of a connection.")
                problem.headers[.upgrade] = "websocket"
                throw problem
            }
        ]
    }
}
