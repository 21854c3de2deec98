import CurlHTTP
import Foundation
import MoltBotCore
import NIOCore

/// Asks an API node.
struct NodeClient: Sendable {
    /// Whatever an answer needs beyond what the question itself may take.
    private static let patience = Duration.seconds(30)
    private static let connectTimeout = Duration.seconds(4)
    /// A page of tasks is far smaller; a result may be as big as a task.
    private static let maximumAnswer = 256 << 20

    let address: NodeAddress
    let key: SecretString?
    /// What all requests are about; nil leaves it to the key.
    var workspace: Workspace?
    let client: HTTPClient

    /// The body of a request.
    struct Content: Sendable {
        let type: String
        let bytes: ByteBuffer
        var headers: [(String, String)] = []
    }

    func get(_ path: [String], _ query: [(String, String)] = []) async throws -> JSONValue {
        try await send("GET", path, query, nil, for: Self.patience)
    }

    /// - Parameter duration: how long the node may take by its own account, such as the timeout of a wait.
    func post(
        _ path: [String], _ query: [(String, String)] = [], _ content: Content? = nil, for duration: Duration = .zero
    ) async throws -> JSONValue {
        try await send("POST", path, query, content, for: duration + Self.patience)
    }

    private func send(
        _ method: String, _ path: [String], _ query: [(String, String)], _ content: Content?, for duration: Duration
    ) async throws -> JSONValue {
        var headers: HTTPHeaders = ["accept": "application/json"]
        if let content { headers.add(name: "content-type", value: content.type) }
        for (name, value) in content?.headers ?? [] { headers.add(name: name, value: value) }
        if let key { headers.add(name: "authorization", value: "Bearer " + key.reveal()) }
        let query = query + [workspace.map { ("workspace", $0.name) }].compactMap(\.self)
        let request = HTTPRequest(
            method: method, url: address.url + Self.target(path, query), headers: headers, body: content?.bytes,
            timeouts: HTTPTimeouts(connect: Self.connectTimeout, total: duration), maximumResponseBytes: Self.maximumAnswer)
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            throw failure(error)
        }
        let document = try? JSONValue.parse(Array(response.body.readableBytesView))
        if (200..<300).contains(response.status), let document { return document }
        if let document, let problem = NodeProblem(status: response.status, document) { throw problem }
        let type = response.headers["content-type"].map { ", \($0)" } ?? ""
        throw CommandFailure(
            .unavailable, "what answers at \(address.redacted) is not MoltBot's API (\(address.origin)): status \(response.status)\(type)",
            remedy: "Name the API with --api-url or MOLTBOT_API_URL; `moltbot up` says where it is.")
    }

    private func failure(_ error: HTTPError) -> any Error {
        switch error.code {
        case .cancelled: CancellationError()
        case .connect, .resolve, .tls, .timeout(phase: .connect):
            CommandFailure(
                .unavailable, "no API node answers at \(address.redacted) (\(address.origin)): \(error.message)",
                remedy: "Start one with `moltbot up` or `moltbot api`, or name another one with --api-url or MOLTBOT_API_URL.")
        case .invalidRequest:
            CommandFailure(
                .configuration, "the request can't be sent: \(error.message)", remedy: "Look at MOLTBOT_API_KEY: a key is one word.")
        case .invalidURL:
            CommandFailure(.configuration, error.message, remedy: "Write --api-url as http://127.0.0.1:8000.")
        default:
            CommandFailure(
                .unavailable, "the API at \(address.redacted) (\(address.origin)) gave no whole answer: \(error.message)",
                remedy: "Look at the log of `moltbot up` or `moltbot api`.")
        }
    }

    private static let unreserved = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")

    /// Path and query, each word percent-encoded (RFC 3986, section 2.3).
    static func target(_ path: [String], _ query: [(String, String)]) -> String {
        let encode = { (text: String) in text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }
        let items = query.map { encode($0.0) + "=" + encode($0.1) }.joined(separator: "&")
        return path.map { "/" + encode($0) }.joined() + (items.isEmpty ? "" : "?" + items)
    }
}
