import AMQP
import FoundationEssentials
import Testing

@testable import MoltBotMessaging

@Suite("Topologies on a broker")
struct TopologyBrokerTests {
    @Test("Applied to an empty virtual host, everything is there and a second run does nothing", arguments: ["moltbot.yaml", "ha.yaml"])
    func apply(file: String) async throws {
        let topology = try Repository.topology(file)
        try await TopologyHost.run { host in
            let first = try await host.apply(topology)
            let objects = topology.exchanges.count + topology.queues.count + topology.bindings.count + topology.policies.count
            #expect(first.applied.count == objects)
            #expect(first.policiesNotApplied.isEmpty)

            let plan = try await host.plan(topology)
            #expect(plan.isClean, "\(plan.render())")
            #expect(plan.items.allSatisfy { $0.status == .same }, "\(plan.render())")
            #expect(try await host.apply(topology).applied.isEmpty)
            try await TopologyPlan.verify(topology: topology, configuration: host.configuration, logger: TopologyHost.logger)
        }
    }

    @Test("Without the management API objects and bindings are declared, and policies are named as not applied")
    func withoutManagement() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            let empty = try await host.plan(topology, seesEverything: false)
            #expect(!empty.isClean)
            let outcome = try await empty.apply(configuration: host.configuration, management: nil, logger: TopologyHost.logger)
            #expect(outcome.policiesNotApplied == topology.policies.map(\.name))
            #expect(outcome.render().contains("policies not applied"))

            let plan = try await host.plan(topology, seesEverything: false)
            #expect(plan.isClean)
            #expect(plan.unknownLines.contains("? 11 policies not checked: no management URL is configured"), "\(plan.unknownLines)")
            let seen = try await host.plan(topology)
            #expect(Set(seen.items.filter { $0.status == .create }.map(\.object.kind)) == [.policy])
        }
    }

    @Test("A service that finds an empty broker is told what is missing and what to do")
    func verifyEmpty() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            let error = await #expect(throws: TopologyError.self) {
                try await TopologyPlan.verify(topology: topology, configuration: host.configuration, logger: TopologyHost.logger)
            }
            #expect(error?.code == .mismatch)
            #expect(error?.problems.contains("queue moltbot.tasks.default is missing") == true)
            #expect(error?.problems.last == "Run `moltbot topology apply`, or start with --apply-topology")
        }
    }

    @Test("An object with other arguments is named with both values and the way out, and nothing is changed", arguments: [true, false])
    func mismatch(seesEverything: Bool) async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            try await host.withChannel { channel in
                let arguments: AMQPTable = ["x-max-priority": 5, "x-dead-letter-exchange": "moltbot.dead", "x-queue-mode": "lazy"]
                _ = try await channel.queueDeclare(AMQPQueue(name: "moltbot.tasks.default", arguments: arguments))
                try await channel.exchangeDeclare(AMQPExchange(name: "moltbot.events", kind: .direct))
            }
            let plan = try await host.plan(topology, seesEverything: seesEverything)
            let error = await #expect(throws: TopologyError.self) {
                try await plan.apply(configuration: host.configuration, management: host.management, logger: TopologyHost.logger)
            }
            #expect(error?.code == .mismatch)
            let vhost = host.name
            #expect(
                error?.problems.last
                    == "queue moltbot.tasks.default differs: x-max-priority is 5 on the broker, 10 in the file. Stop what publishes to it, "
                    + "let its consumers drain it, then run `rabbitmqctl delete_queue --vhost \(vhost) moltbot.tasks.default --if-empty` "
                    + "and `moltbot topology apply`")
            #expect(
                error?.problems.first?.hasPrefix("exchange moltbot.events differs: type is direct on the broker, fanout in the file.")
                    == true)
            let after = try await host.plan(topology)
            #expect(after.items.count { $0.status == .same } == 0)
        }
    }

    @Test("A refused permission is named with the user, the object and the permission")
    func accessRefused() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            let reader = "reader-\(host.name)"
            let configuration = try await host.configuration(user: reader, configure: "^$", write: ".*", read: ".*")
            let plan = try await host.plan(topology, seesEverything: false)
            let error = await #expect(throws: TopologyError.self) {
                try await plan.apply(configuration: configuration, management: nil, logger: TopologyHost.logger)
            }
            #expect(error?.code == .accessRefused)
            #expect(
                error?.message.hasPrefix("the broker user '\(reader)' lacks the permission 'configure' on exchange 'moltbot.tasks'")
                    == true,
                "\(String(describing: error))")

            let binder = try await host.configuration(user: reader, configure: ".*", write: ".*", read: "^moltbot.dead$")
            try await host.apply(topology)
            let second = await #expect(throws: TopologyError.self) {
                try await host.plan(topology, seesEverything: false)
                    .apply(configuration: binder, management: nil, logger: TopologyHost.logger)
            }
            #expect(
                second?.message.hasPrefix("the broker user '\(reader)' lacks the permission 'read' on exchange 'moltbot.events'") == true,
                "\(String(describing: second))")
            try await host.remove(user: reader)
        }
    }

    @Test("Surplus objects are reported and left alone; workspaces and batches added at run time are not surplus")
    func extras() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            try await host.apply(topology)
            let workspace = try topology.objects(for: "workspace", named: "acme")
            try await host.withChannel { channel in
                for queue in workspace.queues { _ = try await channel.queueDeclare(queue.amqp) }
                for binding in workspace.bindings {
                    try await channel.queueBind(queue: binding.destination.name, exchange: binding.source, routingKey: binding.key)
                }
                // As an API node declares one for each batch.
                _ = try await channel.queueDeclare(
                    AMQPQueue(
                        name: "moltbot.batch.01a1fb4f-1f2f-7dfd-b8ec-082a6dc02f66",
                        arguments: ["x-queue-type": "quorum", "x-expires": 2_419_200_000]))
                _ = try await channel.queueDeclare(AMQPQueue(name: "moltbot.old"))
                _ = try await channel.queueDeclare(AMQPQueue(name: "someone.elses"))
                try await channel.queueBind(queue: "moltbot.results", exchange: "moltbot.events.topic", routingKey: "#")
            }
            let plan = try await host.plan(topology)
            let extras = plan.items.filter { $0.status == .extra }.map(\.object.description)
            #expect(extras == ["queue moltbot.old", "binding moltbot.events.topic -> moltbot.results '#'"])
            #expect(plan.isClean)
            #expect(plan.render().contains("queue moltbot.old is not in the file; it is left alone"))
        }
    }

    @Test("A policy that was changed is put back in place")
    func policyUpdate() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            try await host.apply(topology)
            var policy = try #require(topology.policies.first { $0.name == "moltbot.results" })
            policy.definition["max-length"] = .integer(5)
            try await host.management.put(policy)
            let plan = try await host.plan(topology)
            #expect(plan.render().contains("~ policy moltbot.results: max-length is 5 on the broker, 1000000 in the file"))
            #expect(try await host.apply(topology).applied == [.policy("moltbot.results")])
            #expect(try await host.plan(topology).isClean)
        }
    }

    @Test("What is exported from a broker is what the broker has")
    func export() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            try await host.apply(topology)
            let yaml = try TopologyExport.yaml(try await host.management.snapshot().topology)
            let exported = try TopologyFile(name: "exported.yaml", yaml: yaml).topology
            let plan = try await host.plan(exported)
            #expect(plan.items.allSatisfy { $0.status == .same }, "\(plan.render())")
            #expect(exported.queues.count == topology.queues.count)
        }
    }

    @Test("A service whose user may not declare anything still sees whether the topology is there")
    func restrictedService() async throws {
        let topology = try Repository.topology("moltbot.yaml")
        try await TopologyHost.run { host in
            let user = "service-\(host.name)"
            let configuration = try await host.configuration(user: user, configure: "^$", write: ".*", read: ".*")
            let error = await #expect(throws: TopologyError.self) {
                try await TopologyPlan.verify(topology: topology, configuration: configuration, logger: TopologyHost.logger)
            }
            #expect(error?.code == .mismatch)
            try await host.apply(topology)
            try await TopologyPlan.verify(topology: topology, configuration: configuration, logger: TopologyHost.logger)
            try await host.remove(user: user)
        }
    }

    @Test("A wrong password and a wrong address of the management API are told apart")
    func managementFailures() async throws {
        try await TopologyHost.run { host in
            let refused = await #expect(throws: TopologyError.self) {
                _ = try await host.management { $0.password = "wrong" }.snapshot()
            }
            #expect(refused?.code == .accessRefused)
            #expect(refused?.message.contains("check the password") == true)
            // The AMQP port does not speak HTTP.
            let port = host.configuration.endpoints[0].port
            let elsewhere = await #expect(throws: TopologyError.self) { _ = try await host.management { $0.port = port }.snapshot() }
            #expect(elsewhere?.code == .managementFailed)
            #expect(elsewhere?.message.contains("http://127.0.0.1:\(port)") == true)
            #expect(elsewhere?.message.contains("moltbot:") == false)
        }
    }
}
