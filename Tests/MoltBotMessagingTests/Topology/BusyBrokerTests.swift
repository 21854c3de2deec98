import AMQP
import MoltBotMessaging
import PrivateBroker
import TestSupport
import Testing

@Suite("Topology: a broker whose disk is busy", .timeLimit(.minutes(30)))
struct BusyBrokerTests {
    @Test func whatItCouldNotDeclareInTimeIsDeclaredAgain() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TestBroker.withOwnBroker { broker in
            let configuration = try AMQPConfiguration(urls: broker.running.amqpURL)
            let plan = try await TopologyPlan.make(
                topology: topology, configuration: configuration, management: nil, logger: TopologyHost.logger)
            // It stores who votes for whom. RabbitMQ 3.10.8 waits 10 s for that.
            _ = try await broker.broker.control(["eval", "sys:suspend(ra_log_meta), timer:apply_after(15000, sys, resume, [ra_log_meta])."])
            _ = try await plan.apply(configuration: configuration, management: nil, logger: TopologyHost.logger)
            try await TopologyPlan.verify(topology: topology, configuration: configuration, logger: TopologyHost.logger)
        }
    }
}
