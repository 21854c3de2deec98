import MoltBotCore
import Testing

@testable import MoltBotMessaging

/// Follows messages through the declared bindings as the broker would.
@Suite("Routes through the delay ladder")
struct DelayRouteTests {
    let topology: Topology

    init() throws {
        topology = try Repository.topology("moltbot.yaml")
    }

    @Test("The waits add up to the delay and the task arrives once", arguments: [1, 2, 3, 5, 10, 86_400, 4_194_303])
    func waits(seconds: Int64) throws {
        let entry = try #require(DelayLadder.entry(for: .seconds(seconds), destination: "tasks.default.high"))
        var arrivals: [(queue: String, waited: Int64)] = []
        follow(entry.routingKey, from: BrokerNames.delayExchange(level: entry.level), waited: 0) { arrivals.append(($0, $1)) }
        #expect(arrivals.map(\.queue) == ["moltbot.tasks.default"])
        #expect(arrivals.map(\.waited) == [seconds * 1000])
    }

    @Test("A delivery comes out at its endpoint's queue only")
    func delivery() throws {
        let entry = try #require(DelayLadder.entry(for: .seconds(3), destination: "deliveries.adhoc.7"))
        var arrivals: [String] = []
        follow(entry.routingKey, from: BrokerNames.delayExchange(level: entry.level), waited: 0) { queue, _ in arrivals.append(queue) }
        #expect(arrivals == ["moltbot.deliveries.adhoc.7"])
    }

    @Test("Workspaces named like delay bits or lanes get their own tasks only")
    func collisions() throws {
        var topology = topology
        for name in ["0", "1", "high"] {
            let added = try topology.objects(for: "workspace", named: name)
            topology.queues += added.queues
            topology.bindings += added.bindings
        }
        for workspace in ["default", "0", "1", "high"] {
            let entry = try #require(DelayLadder.entry(for: .seconds(10), destination: "tasks.\(workspace).high"))
            let queues = topology.bindings.filter {
                $0.source == BrokerNames.Exchange.delay && TopicPattern.matches($0.key, entry.routingKey)
            }
            #expect(queues.map(\.destination.name) == ["moltbot.tasks.\(workspace)"])
        }
    }

    /// Reports every final queue that the message reaches, with the milliseconds that it waited on the way.
    private func follow(_ key: String, from exchange: String, waited: Int64, arrive: (String, Int64) -> Void) {
        for binding in topology.bindings where binding.source == exchange && TopicPattern.matches(binding.key, key) {
            switch binding.destination {
            case .exchange(let next): follow(key, from: next, waited: waited, arrive: arrive)
            case .queue(let name):
                guard let queue = topology.queues.first(where: { $0.name == name }) else { continue }
                if case .integer(let wait)? = queue.arguments["x-message-ttl"],
                    case .string(let next)? = queue.arguments["x-dead-letter-exchange"]
                {
                    follow(key, from: next, waited: waited + wait, arrive: arrive)
                } else {
                    arrive(name, waited)
                }
            }
        }
    }
}
