import AMQP
import MoltBotCore
import MoltBotRelay
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct OrderedDeliveryTests {
    /// The statuses of a task's life as its receiver heard of them.
    private func types(_ server: ModelServer, of task: String) throws -> [String] {
        try server.requests.elements.filter { $0.text.contains("\"\(task)\"") }
            .compactMap { try JSONValue.parse($0.text)["type"]?.stringValue }
    }

    @Test(arguments: [1, 2])
    func failedHeadHoldsUpItsOwnTaskOnly(relays: Int) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .json("not yet", status: 500) : .json("{}")
            } run: { server in
                let endpoint = try WebhookEndpoint("ordered", at: server).with { $0.ordering = .fifo }
                try await withRelays(relays, on: host, endpoints: [endpoint]) { stage in
                    try await stage.publish(.running, task: "late")
                    _ = try await stage.news(.attemptFailed)
                    try await stage.publish(.retrying, task: "late")
                    try await stage.publish(.completed, task: "late")
                    try await stage.publish(.running, task: "other")
                    try await stage.publish(.completed, task: "other")
                    try await server.requests.atLeast(6, "requests")
                    #expect(try types(server, of: "late") == ["task.started", "task.started", "task.retrying", "task.completed"])
                    #expect(try types(server, of: "other") == ["task.started", "task.completed"])
                    let order = server.requests.elements.map { $0.text.contains("\"other\"") }
                    #expect(order.prefix(3) == [false, true, true])
                }
            }
        }
    }

    @Test func oneRequestATaskAtATime() async throws {
        try await TestBroker.withVirtualHost { host in
            let gate = Gate()
            try await withModelServer { request in
                request.number == 1 ? ModelServer.accept(request).held(by: gate) : ModelServer.accept(request)
            } run: { server in
                let endpoint = try WebhookEndpoint("ordered", at: server).with { $0.ordering = .fifo }
                try await withRelays(2, on: host, endpoints: [endpoint]) { stage in
                    try await stage.publish(.running, task: "slow")
                    try await server.requests.atLeast(1, "request")
                    try await stage.publish(.completed, task: "slow")
                    try await stage.publish(.completed, task: "other")
                    try await server.requests.atLeast(2, "requests")
                    #expect(try types(server, of: "slow") == ["task.started"])
                    gate.open()
                    try await server.requests.atLeast(3, "requests")
                    #expect(try types(server, of: "slow") == ["task.started", "task.completed"])
                }
            }
        }
    }
}
