import MoltBotCore
import Testing

@testable import MoltBotMessaging

@Suite("Plans")
struct TopologyPlanTests {
    static let topology = Topology(
        exchanges: [Topology.Exchange(name: "moltbot.in", kind: .topic)],
        queues: [
            Topology.Queue(name: "moltbot.a", type: .classic, arguments: ["x-max-priority": .integer(10)]),
            Topology.Queue(name: "moltbot.log", type: .stream),
        ],
        bindings: [Topology.Binding(source: "moltbot.in", destination: .queue("moltbot.a"), key: "#")],
        policies: [Topology.Policy(name: "moltbot.a", pattern: "^moltbot", target: .queues, definition: ["max-length": .integer(5)])])

    /// As the management API of RabbitMQ 3.10.8 answers.
    static let snapshot = BrokerSnapshot(
        exchanges: [
            ["name": "", "type": "direct", "durable": true, "auto_delete": false, "internal": false, "arguments": [:]],
            ["name": "moltbot.in", "type": "topic", "durable": true, "auto_delete": false, "internal": true, "arguments": [:]],
        ],
        queues: [
            [
                "name": "moltbot.a", "type": "quorum", "durable": true, "auto_delete": false, "exclusive": false,
                "arguments": ["x-queue-type": "quorum"],
            ],
            [
                "name": "moltbot.control.1", "type": "classic", "durable": true, "auto_delete": false, "exclusive": false,
                "arguments": ["x-expires": 60000],
            ],
            ["name": "moltbot.reply", "type": "classic", "durable": false, "auto_delete": false, "exclusive": true, "arguments": [:]],
        ],
        bindings: [
            ["source": "", "destination": "moltbot.a", "destination_type": "queue", "routing_key": "moltbot.a", "arguments": [:]],
            ["source": "moltbot.in", "destination": "moltbot.reply", "destination_type": "queue", "routing_key": "x", "arguments": [:]],
            ["source": "moltbot.in", "destination": "mine", "destination_type": "queue", "routing_key": "x", "arguments": [:]],
        ],
        policies: [["name": "moltbot.a", "pattern": "^moltbot", "apply-to": "all", "priority": 0, "definition": ["max-length": 5]]])

    let plan = TopologyPlan(
        topology: topology, virtualHost: "/",
        items: TopologyComparison(
            topology: topology, snapshot: snapshot, virtualHost: "/", managementURL: "http://127.0.0.1:15672"
        ).items())

    @Test("Says what to create, to update and to migrate, and leaves clients' own queues and bindings out")
    func render() {
        #expect(
            plan.render() == """
                ! exchange moltbot.in: internal is true on the broker, false in the file
                    Stop what publishes to it, then run `curl -u USER -X DELETE http://127.0.0.1:15672/api/exchanges/%2F/moltbot.in` and `moltbot topology apply`, which restores its bindings
                ! queue moltbot.a: x-max-priority is not set on the broker, 10 in the file; type is quorum on the broker, classic in the file
                    Stop what publishes to it, let its consumers drain it (`rabbitmqctl list_queues --vhost / name messages` shows 0), then run `rabbitmqctl delete_queue --vhost / moltbot.a` and `moltbot topology apply`
                + queue moltbot.log
                + binding moltbot.in -> moltbot.a '#'
                ~ policy moltbot.a: apply-to is all on the broker, queues in the file
                Virtual host /: 2 to create, 1 to update, 2 in conflict

                """)
        #expect(!plan.isClean)
    }

    @Test("The JSON form has the same items for programs")
    func json() throws {
        let document = try JSONValue.parse(plan.json)
        #expect(document["clean"] == false)
        #expect(document["items"]?.arrayValue?.count == plan.items.count)
        #expect(document["items"]?[1]?["kind"] == "queue")
        #expect(document["items"]?[1]?["status"] == "differs")
        #expect(document["items"]?[1]?["differences"]?[0] == ["what": "x-max-priority", "file": "10", "broker": nil])
        #expect(document["items"]?[2]?["remedy"] == .null)
    }

    @Test("A policy that an operator changed does not keep a service from starting; a missing queue does")
    func obstacles() {
        #expect(plan.obstacles.count == 4)
        #expect(plan.obstacles.first == "queue moltbot.log is missing")
        #expect(!plan.obstacles.contains { $0.hasPrefix("policy") })
    }
}
