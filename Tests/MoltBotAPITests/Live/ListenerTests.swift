import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Listeners", .timeLimit(.minutes(30)))
struct ListenerTests {
    /// Two listeners that read whenever the process runs, with buffers that a few hundred events fill. Prints `listener what value`.
    private static let readers = """
        import asyncio, http.client, json, socket, sys, threading, websockets
        def connect():
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 << 10)
            connection.connect(("127.0.0.1", int(sys.argv[1])))
            return connection
        def say(*words):
            sys.stdout.write(" ".join(words) + "\\n")
            sys.stdout.flush()
        def read_stream():
            client = http.client.HTTPConnection("127.0.0.1")
            client.sock = connect()
            client.request("GET", "/events")
            event = ""
            try:
                for line in client.getresponse():
                    name, _, value = line.decode().rstrip("\\n").partition(": ")
                    if name == "retry":
                        say("stream open")
                    elif name == "id":
                        say("stream id", value)
                    elif name == "event":
                        event = value
                    elif name == "data" and event == "end":
                        say("stream end", json.loads(value)["code"])
            except (http.client.IncompleteRead, ConnectionError):
                pass
            say("stream closed")
        async def read_socket():
            async with websockets.connect("ws://127.0.0.1/ws", sock=connect(), open_timeout=60, ping_interval=None) as client:
                await client.send(json.dumps({"op": "subscribe", "id": 1}))
                try:
                    while True:
                        message = json.loads(await client.recv())
                        if message["op"] == "subscribed":
                            say("socket open")
                        elif message["op"] == "event":
                            say("socket id", message["event_id"])
                        elif message["op"] == "end":
                            say("socket end", message["code"])
                except websockets.exceptions.ConnectionClosed as closed:
                    say("socket closed", closed.rcvd.reason if closed.rcvd else "")
        thread = threading.Thread(target=read_stream)
        thread.start()
        asyncio.run(read_socket())
        thread.join()
        say("done")
        """

    /// What one of the two listeners got.
    private struct Heard {
        let ids: [String]
        let end: String?
        let closing: String?

        init(_ lines: [String], by listener: String) {
            func values(_ what: String) -> [String] {
                let prefix = "\(listener) \(what)"
                return lines.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count + 1)) }
            }
            ids = values("id")
            end = values("end").first
            closing = values("closed").first
        }
    }

    @Test("that read nothing for a while are sent away with the reason, hold up nobody, and find the rest when they come back")
    func slow() async throws {
        try await withAPI { host in
            let (stream, socket, all) = try await Self.flood(host)
            #expect(stream.end == "too-slow")
            #expect(socket.end == "too-slow")
            #expect(socket.closing == "too-slow")
            for known in [stream.ids, socket.ids] {
                #expect(known.count < all.count)
                #expect(known == Array(all.prefix(known.count)))
                let last = try #require(known.last)
                let rest = Recorder<String>()
                try await EventClient.read(port: host.port, "/events", headers: ["Last-Event-ID": last]) { event in
                    rest.record(event.id ?? "")
                    return event.id != all.last
                }
                #expect(known + rest.elements == all)
            }
        }
    }

    @Test("that go on reading nothing lose their connection: nothing is kept for them for ever")
    func stuck() async throws {
        var configuration = APIConfiguration()
        configuration.farewell = .zero
        try await withAPI(configuration) { host in
            let (stream, socket, all) = try await Self.flood(host)
            for heard in [stream, socket] {
                // What the system had taken already, and then the end of the connection in the place of the reason.
                #expect(heard.end == nil)
                #expect(heard.closing == "")
                #expect(heard.ids.count < all.count)
            }
        }
    }

    @Test("that come back to another stream are told that there is a gap")
    func gap() async throws {
        let place = try await withAPI { host in
            try await host.tellOfTasks(20, size: 100)
            // A list is as new as the stream: the next event is the first one that this node has not read.
            #expect(try await host.http.send("GET", "/tasks").status == 200)
            return try await host.firstEvent("/events").id
        }
        let id = try #require(place)
        try await withAPI { host in
            try await host.tellOfTasks(3, size: 100)
            #expect(try await host.firstEvent("/events", ["Last-Event-ID": id]).type == "gap")
        }
    }

    /// Tells so many events that two listeners who stand still are sent away; then these go on.
    /// - Returns: what the two got, and the ids of all events as a third listener heard them.
    private static func flood(_ host: Host) async throws -> (stream: Heard, socket: Heard, all: [String]) {
        let python = try await PythonEnvironment.interpreter(with: .webSockets)
        let prompt = Recorder<String>()
        let opened = Gate()
        let isLast = Gate()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await EventClient.read(port: host.port, "/events", opened: { opened.open() }) { event in
                    prompt.record(event.id ?? "")
                    return !isLast.isOpen
                }
            }
            try await opened.wait("an open stream")
            let lines = try await withChildProcess(python, ["-c", readers, "\(host.port)"]) { slow in
                _ = try await slow.output.first("an open stream", within: .seconds(60)) { $0 == "stream open" }
                _ = try await slow.output.first("an open socket", within: .seconds(60)) { $0 == "socket open" }
                try slow.send(.suspend)
                try await withDeadline(.seconds(90), "the two listeners to be sent away") {
                    while try await host.listeners() > 1 {
                        // Few enough for the third one to be nobody's slow listener.
                        let told = prompt.count + 200
                        try await host.tellOfTasks(200, size: 4096)
                        try await prompt.atLeast(told, "an event", within: .seconds(60))
                    }
                }
                try slow.send(.resume)
                _ = try await slow.output.first("the end of both listeners", within: .seconds(60)) { $0 == "done" }
                return slow.output.elements
            }
            isLast.open()
            try await host.tellOfTasks(1, size: 100)
            try await group.waitForAll()
            return (Heard(lines, by: "stream"), Heard(lines, by: "socket"), prompt.elements)
        }
    }
}

extension Host {
    fileprivate func listeners() async throws -> Int64 {
        guard case .integer(let count) = try await http.send("GET", "/status").json()["listeners"] else {
            throw UnexpectedAnswer(description: "GET /status names no listeners")
        }
        return count
    }

    /// Puts the ends of tasks into the stream, as workers would.
    fileprivate func tellOfTasks(_ count: Int, size: Int) async throws {
        let result = String(repeating: "x", count: size)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                var outcome = TaskOutcome(taskID: TaskID(), workspace: .default, status: .completed)
                outcome.createdAt = .now()
                outcome.result = result
                let event = TaskEvent(outcome)
                let message = AMQPMessage(
                    exchange: "", routingKey: "moltbot.ledger",
                    properties: AMQPProperties(
                        contentType: TaskEvent.contentType, deliveryMode: .persistent, messageID: event.id, type: event.type.rawValue),
                    body: ByteBuffer(bytes: event.encode()))
                group.addTask { try await session.publishing.publish(message) }
            }
            try await group.waitForAll()
        }
    }

    fileprivate func firstEvent(_ path: String, _ headers: HTTPHeaders = [:]) async throws -> EventClient.Event {
        let heard = Recorder<EventClient.Event>()
        try await EventClient.read(
            port: port, path, headers: headers,
            opened: { if headers.isEmpty { try await tellOfTasks(1, size: 100) } }
        ) { event in
            heard.record(event)
            return false
        }
        return try await heard.first("an event") { _ in true }
    }
}
