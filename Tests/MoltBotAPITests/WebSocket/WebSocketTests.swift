import MoltBotAPI
import MoltBotCore
import TestSupport
import Testing

@Suite("The WebSocket", .timeLimit(.minutes(30)))
struct WebSocketTests {
    private static let client = """
        import asyncio, json, sys, websockets
        async def main():
            async with websockets.connect(sys.argv[1], open_timeout=60, ping_interval=None) as socket:
                async def ask(**message):
                    await socket.send(json.dumps(message))
                async def until(**fields):
                    while True:
                        message = json.loads(await asyncio.wait_for(socket.recv(), 300))
                        if all(message.get(name) == value for name, value in fields.items()):
                            return message
                await ask(op="subscribe", id=1, types=["task.completed"])
                await until(op="subscribed", id=1)
                await ask(op="submit", id="two", task={"prompt": "Hello", "model": "echo"})
                accepted = await until(op="accepted", id="two")
                event = await until(op="event", id=1)
                assert event["event"]["data"]["task_id"] == accepted["task_id"], event
                assert event["event"]["data"]["result"] == "Hello", event
                await ask(op="cancel", id=3, task_id=accepted["task_id"])
                error = await until(op="error", id=3)
                assert error["status"] == 409, error
                await ask(op="submit", id=4, task={"promt": "Hello"})
                error = await until(op="error", id=4)
                assert error["errors"][0]["field"] in ("", "promt"), error
                for wrong in ({"types": "task.*"}, {"types": [7]}, {"type": ["task.*"]}, {"task": 7}, {"last_event_id": 7}):
                    await ask(op="subscribe", id=7, **wrong)
                    error = await until(op="error", id=7)
                    assert error["errors"][0]["field"] in wrong, error
                await socket.send("not json")
                await until(op="error", code="invalid-json")
                await (await socket.ping())
                # In pieces, as large messages come.
                await socket.send(iter(['{"op": "submit", "id": 5, "task": {"prompt": "', "x" * 100000, '"}}']))
                await until(op="accepted", id=5)
                await ask(op="subscribe", id=6, types=["task.completed"], last_event_id=event["event_id"])
                await until(op="event", id=6)
            try:
                await websockets.connect(sys.argv[1] + "x", open_timeout=60)
                assert False
            except websockets.exceptions.InvalidStatus as refused:
                assert refused.response.status_code == 404, refused
            print("done")
        asyncio.run(main())
        """

    private static let refused = """
        import asyncio, json, sys, websockets
        async def main():
            async with websockets.connect(sys.argv[1], open_timeout=60, ping_interval=None) as socket:
                assert json.loads(await socket.recv())["status"] == 401
                try:
                    await socket.recv()
                except websockets.exceptions.ConnectionClosed as closed:
                    print(closed.rcvd.code, closed.rcvd.reason)
        asyncio.run(main())
        """

    private static let revoked = """
        import asyncio, json, sys, websockets
        async def closed(socket):
            try:
                while True:
                    await asyncio.wait_for(socket.recv(), 60)
            except websockets.exceptions.ConnectionClosed as closed:
                return closed.rcvd.code, closed.rcvd.reason
        async def main():
            headers = {"X-API-Key": sys.argv[2]}
            async with websockets.connect(sys.argv[1], open_timeout=60, additional_headers=headers) as listener, \
                    websockets.connect(sys.argv[1], open_timeout=60, additional_headers=headers) as sender:
                await listener.send(json.dumps({"op": "subscribe", "id": 1}))
                assert json.loads(await listener.recv())["op"] == "subscribed"
                await sender.send(json.dumps({"op": "submit", "task": {"prompt": "x"}}))
                assert json.loads(await sender.recv())["op"] == "accepted"
                print("open", flush=True)
                print("listener", *(await closed(listener)), flush=True)
                await sender.send(json.dumps({"op": "submit", "task": {"prompt": "x"}}))
                assert json.loads(await sender.recv())["status"] == 401
                print("sender", *(await closed(sender)), flush=True)
        asyncio.run(main())
        """

    @Test("ends with the key that opened it, whether it listens or sends")
    func revocation() async throws {
        let python = try await PythonEnvironment.interpreter(with: .webSockets)
        try await withAPI { host in
            let keys = AccessKeys(host.session)
            let (stored, key) = try await keys.create(name: "a", workspace: .default, scopes: [.admin])
            try await eventually("the key counts") { try await host.http.send("GET", "/ws").status == 401 }
            try await withChildProcess(python, ["-c", Self.revoked, "ws://127.0.0.1:\(host.port)/ws", key.reveal()]) { client in
                _ = try await client.output.first("open sockets", within: .seconds(60)) { $0 == "open" }
                #expect(try await keys.revoke([stored.id]).count == 1)
                let exit = try await client.waitForExit(within: .seconds(90))
                #expect(exit == .code(0), "\(client.errorOutput.elements)")
                #expect(client.output.elements == ["open", "listener 1008 access-ended", "sender 1008 access-ended"])
            }
        }
    }

    @Test("subscribes, submits and cancels")
    func client() async throws {
        let python = try await PythonEnvironment.interpreter(with: .webSockets)
        try await withAPI { host in
            try await host.withWorker {
                let output = try await runPython(Self.client, ["ws://127.0.0.1:\(host.port)/ws"], interpreter: python)
                #expect(output.contains("done"))
            }
        }
    }

    @Test("is not opened without a key once there is one")
    func closed() async throws {
        try await withAPI { host in
            #expect(try await host.http.send("GET", "/ws").status == 426)
            _ = try await AccessKeys(host.session).create(name: "a", workspace: .default, scopes: [.read])
            try await eventually("the key counts") { try await host.http.send("GET", "/ws").status == 401 }
            let output = try await runPython(
                Self.refused, ["ws://127.0.0.1:\(host.port)/ws"], interpreter: try await PythonEnvironment.interpreter(with: .webSockets))
            #expect(output.contains("1008 unauthorized"))
        }
    }
}
