import AMQP
import MoltBotCore
import MoltBotRelay
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct OrderedDeliveryTests {
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
                // The head that failed comes back after the other task's events, however busy the machine is.
                let endpoint = try WebhookEndpoint("ordered", at: server).with {
                    $0.ordering = .fifo
                    $0.schedule = [.seconds(15), .seconds(15)]
                }
                try await withRelays(relays, on: host, endpoints: [endpoint]) { stage in
                    try await stage.publish(.running, task: "late")
                    _ = try await stage.news(.attemptFailed)
                    try await stage.publish(.retrying, task: "late")
                    try await stage.publish(.completed, task: "late")
                    try await stage.publish(.running, task: "other")
                    try await stage.publish(.completed, task: "other")
                    let order = try await server.requests.atLeast(3, "requests").map { $0.text.contains("\"other\"") }
                    #expect(order.prefix(3) == [false, true, true])
                    try await server.requests.atLeast(6, "requests")
                    let late = try types(server, of: "late")
                    #expect(late == ["task.started", "task.started", "task.retrying", "task.completed"])
                    let other = try types(server, of: "other")
                    #expect(other == ["task.started", "task.completed"])
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
                let endpoint = try WebhookEndpoint("ordered", at: server).with {
                    $0.ordering = .fifo
                    $0.timeout = .seconds(600)
                }
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

    /// What the breaker holds back comes again, and the probe with it: still in its order.
    @Test func probeThatIsCutShortKeepsItsPlace() async throws {
        try await TestBroker.withVirtualHost { host in
            let gate = Gate()
            let receipts = FirstReceipts()
            try await withModelServer { request in
                // The breaker opens at the third; of ten tasks no more than ten are on their way by then. So the eleventh is a probe.
                switch request.number {
                case 1...10: .json("not yet", status: 500)
                case 11: .json("{}").held(by: gate)
                default: receipts.accept(request)
                }
            } run: { server in
                let endpoint = try WebhookEndpoint("ordered", at: server).with {
                    $0.ordering = .fifo
                    $0.maxInFlight = 50
                    $0.schedule = Array(repeating: .seconds(1), count: 8)
                }
                var configuration = RelayConfiguration.forTests
                configuration.breaker = CircuitBreakerConfiguration(
                    failureRatio: nil, consecutiveFailures: 3, firstOpenTime: .seconds(1), multiplier: 1)
                try await withRelays(1, later: 1, on: host, endpoints: [endpoint], configuration: configuration) { stage in
                    let events = try stage.publish([.queued, .running, .retrying, .completed], tasks: 0..<10)
                    try await server.requests.atLeast(11, "requests")
                    stage.relays[1].start()
                    _ = try await stage.relays[1].lines.first("the second relay") { $0.contains("stands by") }
                    stage.relays[0].kill()
                    try await receipts.ids.atLeast(40, "events")
                    #expect(receipts.disorder(events).isEmpty)
                    gate.open()
                }
            }
        }
    }
}
