internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Which requests become WebSockets, and what happens on them.
struct SocketGate: Sendable {
    static let path = "/ws"

    let gate: AccessGate
    let service: SocketService

    /// Serves those who may read over HTTP; others get a reason and are sent away.
    func serve(_ channel: WebSocketChannel, _ head: HTTPRequestHead) async {
        let session = SocketSession(channel: channel.channel, service: service, gate: gate)
        do {
            await session.run(channel, as: try await caller(head))
        } catch {
            await session.refuse(channel, error as? Problem ?? .fault)
        }
    }

    private func caller(_ head: HTTPRequestHead) async throws -> Caller {
        var fields = HTTPFields()
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        let request = HTTPRequest(
            method: .get, scheme: "http", authority: head.headers.first(name: "host"), path: head.uri, headerFields: fields)
        var caller = try await gate.admit(request, needs: .read)
        try caller.choose(workspaceOf: head.uri.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init))
        return caller
    }
}
