import MoltBotMessaging
import PrivateBroker
import TestSupport
import Testing

/// RabbitMQ 3.10.8 forgets a stream for good when it is killed within seconds of the stream's first declaration.
@Suite("Topology: a stream that stays down", .timeLimit(.minutes(30)))
struct DownStreamTests {
    @Test func itIsNamedAndTheRemedyWorks() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            _ = try await host.plan(topology).apply(
                configuration: host.configuration, management: host.management, logger: TopologyHost.logger)
            let broker = try await TestBroker.shared.broker
            // What such a broker is left with: it has the stream in its durable table alone.
            let resource = "rabbit_misc:r(<<\"\(host.name)\">>, queue, <<\"moltbot.registry\">>)"
            _ = try await broker.control(["eval", "mnesia:dirty_delete(rabbit_queue, \(resource))."])

            for seesEverything in [true, false] {
                let plan = try await host.plan(topology, seesEverything: seesEverything)
                #expect(plan.render().contains("! queue moltbot.registry is down\n"))
                let refusal = await #expect(throws: TopologyError.self) {
                    try await plan.apply(
                        configuration: host.configuration, management: seesEverything ? host.management : nil,
                        logger: TopologyHost.logger)
                }
                #expect(refusal?.isRetriable == true)
                #expect(refusal?.problems == plan.conflicts)
            }

            let plan = try await host.plan(topology)
            let remedy = try #require(plan.conflicts.first?.firstMatch(of: /rabbitmqctl eval '(.*?)'/)?.output.1)
            _ = try await broker.control(["eval", String(remedy)])
            let outcome = try await host.plan(topology, seesEverything: false).apply(
                configuration: host.configuration, management: nil, logger: TopologyHost.logger)
            #expect(outcome.applied.contains { "\($0)" == "queue moltbot.registry" })
        }
    }
}
