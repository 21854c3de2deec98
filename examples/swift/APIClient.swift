import CurlHTTP
import Logging
import MoltBot
import NIOCore

/// The same over REST, for programs that can't reach the broker: submits a task and waits for its end.
///
///     MOLTBOT_API_URL=http://127.0.0.1:8000 swift run examples api-client "What is six times seven?"
///
/// MOLTBOT_API_KEY holds the access key where the server asks for one (`moltbot keys create`).
enum APIClient {
    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    static func run(_ arguments: [String]) async throws {
        let prompt = arguments.isEmpty ? "What is six times seven?" : arguments.joined(separator: " ")
        let client = HTTPClient(logger: Logger(label: "example"))
        do {
            try await ask(prompt, with: client)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    private static func ask(_ prompt: String, with client: HTTPClient) async throws {
        let accepted = try await post(
            "/tasks", ["prompt": .string(prompt), "model": .string(Examples.model), "priority": 8], with: client)
        guard let id = accepted["task_id"]?.stringValue else { throw Refused(description: "no task id in \(accepted)") }
        print("accepted \(id)")
        // The connection waits, nobody polls; 408 when the time is over, and the task goes on.
        let task = try await post("/tasks/\(id)/wait?timeout=60", nil, with: client)
        print("\(task["status"]?.stringValue ?? ""): \(task["result"]?.stringValue ?? "")")
    }

    private static func post(_ path: String, _ body: MoltBot.JSON?, with client: HTTPClient) async throws -> MoltBot.JSON {
        let base = Examples.environment["MOLTBOT_API_URL"] ?? "http://127.0.0.1:8000"
        var request = HTTPRequest(
            method: "POST", url: base + path, headers: ["content-type": "application/json"],
            body: body.map { ByteBuffer(string: $0.description) }, timeouts: HTTPTimeouts(total: .seconds(90)))
        if let key = Examples.environment["MOLTBOT_API_KEY"] { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        let response = try await client.execute(request)
        let text = String(buffer: response.body)
        // Errors are problem details (RFC 9457), which say what to do.
        guard (200..<300).contains(response.status) else { throw Refused(description: "\(response.status): \(text)") }
        return try MoltBot.JSON(parsing: text)
    }
}
