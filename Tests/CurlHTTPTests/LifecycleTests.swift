import CurlHTTP
import Logging
import NIOCore
import Testing

@Suite("Cancellation and shutdown", .timeLimit(.minutes(30)))
struct LifecycleTests {
    @Test("Cancelling the task closes the connection")
    func cancel() async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            asked.give(exchange)
        } _: { server in
            try await withClient { client in
                let task = Task { await failure(of: HTTPRequest(url: server.url), client) }
                let exchange = try await asked.value
                task.cancel()
                #expect(await task.value?.code == .cancelled)
                try await exchange.clientClosed.get()
            }
        }
    }

    @Test("A cancelled task sends nothing")
    func cancelledBefore() async throws {
        try await LoopbackServer.with { exchange in
            exchange.respond()
        } _: { server in
            try await withClient { client in
                await withTaskGroup(of: HTTPError?.self) { group in
                    group.cancelAll()
                    group.addTask { await failure(of: HTTPRequest(url: server.url), client) }
                    for await error in group { #expect(error?.code == .cancelled) }
                }
            }
            #expect(server.connections.count == 0)
        }
    }

    @Test("Shutdown ends what is in flight, and what comes after")
    func shutdown() async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            asked.give(exchange)
        } _: { server in
            try await withClient { client in
                async let whole = failure(of: HTTPRequest(url: server.url), client)
                async let streamed = #expect(throws: HTTPError.self) {
                    try await client.stream(HTTPRequest(url: server.url)) { _, _ in }
                }
                let exchange = try await asked.value
                await client.shutdown()
                #expect(await whole?.code == .shutdown)
                #expect(await streamed?.code == .shutdown)
                try await exchange.clientClosed.get()

                await client.shutdown()
                #expect(await failure(of: HTTPRequest(url: server.url), client)?.code == .shutdown)
            }
        }
    }

    @Test("Many tasks may ask for shutdown at once")
    func concurrentShutdown() async throws {
        try await withClient { client in
            await withDiscardingTaskGroup { group in
                for _ in 0..<20 { group.addTask { await client.shutdown() } }
            }
        }
    }

    @Test("A client that is let go closes its connections")
    func letGo() async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            asked.give(exchange)
            exchange.respond()
        } _: { server in
            do {
                let client = HTTPClient(logger: Logger(label: "curl-http-tests"))
                let response = try await client.execute(HTTPRequest(url: server.url))
                #expect(response.status == 200)
            }
            try await asked.value.clientClosed.get()
        }
    }
}
