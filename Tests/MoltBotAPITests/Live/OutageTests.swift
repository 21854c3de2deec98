import MoltBotAPI
import MoltBotCore
import PrivateBroker
import TestSupport
import Testing

@Suite("Listeners", .timeLimit(.minutes(30)))
struct OutageTests {
    private static let sockets = """
        import asyncio, json, sys, websockets
        async def listen(heard):
            async with websockets.connect(sys.argv[1], open_timeout=60) as socket:
                await socket.send(json.dumps({"op": "subscribe", "id": 1, "types": ["task.completed"]}))
                assert json.loads(await socket.recv())["op"] == "subscribed"
                heard["open"] += 1
                if heard["open"] == int(sys.argv[2]):
                    print("open", flush=True)
                assert json.loads(await socket.recv())["op"] == "event"
        async def main():
            heard = {"open": 0}
            await asyncio.gather(*(listen(heard) for _ in range(int(sys.argv[2]))))
            print("heard", flush=True)
        asyncio.run(main())
        """

    @Test("a thousand of them, by server-sent events and WebSockets, go on through a restart of the broker")
    func brokerRestart() async throws {
        let python = try await PythonEnvironment.interpreter(with: .webSockets)
        try await TestBroker.withOwnBroker { broker in
            try await broker.withVirtualHost { virtualHost in
                try await withAPI(on: virtualHost, patience: .seconds(5)) { host in
                    let (streams, sockets) = (900, 100)
                    let opened = Recorder<Void>()
                    let heard = Recorder<String>()
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<streams {
                            group.addTask {
                                try await EventClient.read(
                                    port: host.port, "/events?type=task.completed", opened: { opened.record(()) }
                                ) { event in
                                    heard.record(event.id ?? "")
                                    return false
                                }
                            }
                        }
                        try await withChildProcess(
                            python, ["-c", Self.sockets, "ws://127.0.0.1:\(host.port)/ws", "\(sockets)"]
                        ) { clients in
                            try await opened.atLeast(streams, "an open stream", within: .seconds(60))
                            _ = try await clients.output.first("open sockets", within: .seconds(60)) { $0 == "open" }
                            try await broker.broker.stop()
                            _ = try await broker.broker.start()
                            try await host.withWorker {
                                try await eventually("the node takes tasks again") {
                                    try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#).status == 202
                                }
                                try await heard.atLeast(streams, "the event", within: .seconds(60))
                                _ = try await clients.output.first("the event at all sockets", within: .seconds(60)) { $0 == "heard" }
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(Set(heard.elements).count == 1)
                }
            }
        }
    }
}
