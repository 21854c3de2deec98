internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Which requests become WebSockets, and what happens on them.
struct SocketGate: Sendable {
    static let path = "/ws"

    let gate: AccessGate
    let service: SocketService

    /// Who may open one: the same who may read over HTTP. Nil for everybody else, and for other addresses.
    func caller(_ head: HTTPRequestHead) async -> Caller? {
        guard head.uri.prefix(while: { $0 != "?" }) == Self.path else { return nil }
        var fields = HTTPFields()
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        let request = HTTPRequest(
            method: .get, scheme: "http", authority: head.headers.first(name: "host"), path: head.uri, headerFields: fields)
        return try? await gate.admit(request, needs: .read)
    }

    func serve(_ channel: WebSocketChannel, _ caller: Caller) async {
        await SocketSession(channel: channel.channel, caller: caller, service: service).run(channel)
    }
}
