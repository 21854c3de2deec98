import AMQP
import MoltBotCore
import PrivateBroker
import TestSupport
import Testing

/// With FIFO ordering each task's events come as the relays' queue had them, whoever routes them.
@Suite(.timeLimit(.minutes(30))) struct RoutingOrderTests {
    private static let life: [TaskStatus] = [.queued, .running, .retrying, .completed]
    private static let takes = "takes the events, in their order"
    private static let standsBy = "stands by, and delivers"

    private func endpoint(_ id: String = "ordered", at server: ModelServer) throws -> WebhookEndpoint {
        try WebhookEndpoint(id, at: server).with {
            $0.ordering = .fifo
            $0.maxInFlight = 50
        }
    }

    private func line(_ text: String, of relay: StagedRelay) async throws {
        _ = try await relay.lines.first(text) { $0.contains(text) }
    }

    @Test func manyTasksWithThreeRelays() async throws {
        try await TestBroker.withVirtualHost { host in
            let receipts = FirstReceipts()
            try await withModelServer {
                receipts.accept($0)
            } run: { server in
                try await withRelays(3, on: host, endpoints: [try endpoint(at: server)]) { stage in
                    let events = try stage.publish(Self.life, tasks: 0..<60)
                    try await receipts.ids.atLeast(240, "events")
                    #expect(receipts.disorder(events).isEmpty)
                    #expect(server.requests.count == 240)
                }
            }
        }
    }

    @Test(arguments: ["killed", "stopped"])
    func relayThatRoutesIsSucceeded(end: String) async throws {
        try await TestBroker.withVirtualHost { host in
            let receipts = FirstReceipts()
            try await withModelServer {
                receipts.accept($0)
            } run: { server in
                try await withRelays(1, later: 2, on: host, endpoints: [try endpoint(at: server)]) { stage in
                    let first = stage.relays[0]
                    let others = stage.relays.dropFirst()
                    try await line(Self.takes, of: first)
                    for relay in others { relay.start() }
                    for relay in others { try await line(Self.standsBy, of: relay) }
                    var events = try stage.publish([.queued, .running], tasks: 0..<60)
                    try await receipts.ids.atLeast(20, "events")
                    if end == "killed" { first.kill() } else { await first.stop() }
                    events.merge(try stage.publish([.retrying, .completed], tasks: 0..<60)) { $0 + $1 }
                    try await receipts.ids.atLeast(240, "events")
                    #expect(receipts.disorder(events).isEmpty)
                }
            }
        }
    }

    @Test func firstSuchEndpointComesAndGoesWhileRelaysRun() async throws {
        try await TestBroker.withVirtualHost { host in
            let (plain, ordered) = (FirstReceipts(), FirstReceipts())
            try await withModelServer {
                $0.uri == "/ordered" ? ordered.accept($0) : plain.accept($0)
            } run: { server in
                try await withRelays(3, on: host, endpoints: [try WebhookEndpoint("plain", at: server)]) { stage in
                    _ = try stage.publish(Self.life, tasks: 0..<20)
                    try await plain.ids.atLeast(80, "events")
                    stage.feed.set(try endpoint(at: server))
                    for relay in stage.relays {
                        _ = try await relay.lines.first("its turn") { $0.contains(Self.takes) || $0.contains(Self.standsBy) }
                    }
                    let events = try stage.publish(Self.life, tasks: 20..<80)
                    try await ordered.ids.atLeast(240, "events in order")
                    #expect(ordered.disorder(events).isEmpty)
                    try await plain.ids.atLeast(320, "events")
                    stage.feed.remove("ordered")
                    _ = try stage.publish(Self.life, tasks: 80..<100)
                    try await plain.ids.atLeast(400, "events")
                    #expect(ordered.ids.count == 240)
                }
            }
        }
    }

    @Test func eventThatCannotBeRoutedHoldsUpItsTask() async throws {
        try await TestBroker.withVirtualHost { host in
            let receipts = FirstReceipts()
            try await withModelServer {
                receipts.accept($0)
            } run: { server in
                try await withRelays(2, on: host, endpoints: [try endpoint(at: server)]) { stage in
                    let program = stage.program.program
                    try await program.withChannel { try await $0.exchangeDelete("moltbot.deliveries") }
                    let events = try stage.publish(Self.life, tasks: 0..<10)
                    let lines = stage.relays.map(\.lines)
                    // One of them has its turn; the other says nothing of the kind.
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for lines in lines {
                            group.addTask { _ = try await lines.first("a failure") { $0.contains("could not be routed; trying again") } }
                        }
                        try await group.next()
                        group.cancelAll()
                    }
                    try await program.withChannel { channel in
                        try await channel.exchangeDeclare(AMQPExchange(name: "moltbot.deliveries", kind: .direct))
                        try await channel.queueBind(
                            queue: "moltbot.deliveries.ordered", exchange: "moltbot.deliveries", routingKey: "ordered")
                    }
                    try await receipts.ids.atLeast(40, "events")
                    #expect(receipts.disorder(events).isEmpty)
                }
            }
        }
    }

    @Test func withoutThePermissionToTakeTurnsItSaysWhatToGrant() async throws {
        try await TestBroker.withVirtualHost { host in
            let receipts = FirstReceipts()
            try await withModelServer {
                receipts.accept($0)
            } run: { server in
                try await withRelays(0, later: 1, on: host, endpoints: [try endpoint(at: server)]) { stage in
                    func permit(_ configure: String) async throws {
                        try await host.management.expectSuccess(
                            "PUT", "/api/permissions/\(host.name)/\(host.broker.running.user)",
                            json: #"{"configure": "\#(configure)", "write": ".*", "read": ".*"}"#)
                    }
                    try await permit("^(?!moltbot.relay-turn)")
                    stage.relays[0].start()
                    try await line("grant it configure on moltbot.relay-turn", of: stage.relays[0])
                    let events = try stage.publish(Self.life, tasks: 0..<1)
                    try await permit(".*")
                    try await receipts.ids.atLeast(4, "events")
                    #expect(receipts.disorder(events).isEmpty)
                }
            }
        }
    }
}
