import Foundation
import MoltBotCore
import Testing

@testable import MoltBotMessaging

@Suite("Topology files")
struct TopologyFileTests {
    @Test("The built-in copy is topology/moltbot.yaml")
    func builtInCopy() throws {
        #expect(try TopologyFile.builtIn().topology == Repository.topology("moltbot.yaml"))
    }

    @Test("moltbot.yaml declares the contract's objects")
    func contract() throws {
        let topology = try Repository.topology("moltbot.yaml")
        let tasks = try #require(topology.queues.first { $0.name == "moltbot.tasks.default" })
        #expect(tasks.type == .classic)
        #expect(
            tasks.declaredArguments == [
                "x-max-priority": .integer(10), "x-dead-letter-exchange": .string("moltbot.dead"), "x-queue-mode": .string("lazy"),
            ])
        #expect(topology.queues.count { $0.name.hasPrefix("moltbot.deliveries.adhoc.") } == 16)
        #expect(topology.queues.count { $0.name.hasPrefix("moltbot.delay.") } == DelayLadder.levels.count)
        let longest = try #require(topology.queues.first { $0.name == "moltbot.delay.21" })
        #expect(longest.arguments["x-message-ttl"] == .integer(2_097_152_000))
        #expect(longest.arguments["x-dead-letter-exchange"] == .string("moltbot.delay.20"))
        #expect(Set(topology.queues.map(\.name)).count == topology.queues.count)
        #expect(Set(topology.bindings).count == topology.bindings.count)
    }

    @Test("What this module publishes to and consumes from is declared", arguments: ["moltbot.yaml", "ha.yaml"])
    func namesInUse(file: String) throws {
        let topology = try Repository.topology(file)
        let exchanges = Set(topology.exchanges.map(\.name))
        let ladder = DelayLadder.levels.map { BrokerNames.delayExchange(level: $0) }
        typealias Names = BrokerNames.Exchange
        #expect(exchanges.isSuperset(of: [Names.tasks, Names.events, Names.control, Names.dead, Names.delay] + ladder))
        typealias Queues = BrokerNames.Queue
        #expect(Set(topology.queues.map(\.name)).isSuperset(of: [Queues.results, Queues.ledger, Queues.dead, Queues.unroutable]))
        #expect(!topology.taskQueues(of: .default).isEmpty)
    }

    @Test("Every terminal event reaches the result queue, and no other event")
    func results() throws {
        let topology = try Repository.topology("moltbot.yaml")
        let keys = topology.bindings.filter { $0.destination == .queue("moltbot.results") }.map(\.key)
        for type in TaskEventType.allCases {
            #expect(keys.contains { TopicPattern.matches($0, "default.\(type.rawValue)") } == type.isTerminal, "\(type)")
        }
    }

    @Test("ha.yaml is the same contract with a quorum queue for each lane")
    func highAvailability() throws {
        let single = try Repository.topology("moltbot.yaml")
        let cluster = try Repository.topology("ha.yaml")
        #expect(cluster.exchanges == single.exchanges)
        #expect(cluster.queues.allSatisfy { $0.type != .classic })
        let lanes = cluster.queues.map(\.name).filter { $0.hasPrefix("moltbot.tasks.") }
        #expect(lanes == Lane.allCases.map { "moltbot.tasks.default.\($0.rawValue)" })
        for lane in Lane.allCases {
            let name = "moltbot.tasks.default.\(lane.rawValue)"
            #expect(
                cluster.bindings.contains {
                    $0.source == "moltbot.tasks" && $0.destination.name == name && $0.key == "default.\(lane.rawValue)"
                })
        }
    }

    @Test("A workspace that is added gets its queues and bindings", arguments: ["moltbot.yaml", "ha.yaml"])
    func newWorkspace(file: String) throws {
        let topology = try Repository.topology(file)
        let added = try topology.objects(for: "workspace", named: "acme")
        let existing = topology.queues.filter { $0.name.hasPrefix("moltbot.tasks.default") }
        #expect(added.queues.map(\.name) == existing.map { $0.name.replacing("default", with: "acme") })
        let ledgerBindings = topology.bindings.count { $0.source == "moltbot.tasks" && $0.destination.name == "moltbot.ledger" }
        #expect(added.bindings.count == 2 * added.queues.count + ledgerBindings)
        #expect(added.queues.allSatisfy { topology.isRunTimeQueue($0.name) })
        #expect(!topology.isRunTimeQueue("moltbot.tasks.acme.eu.west"))
    }

    @Test("Names that would mix up routing keys are refused", arguments: ["tasks", "deliveries", "a.b", "#", "", "Acme"])
    func refusedNames(name: String) throws {
        let topology = try Repository.topology("moltbot.yaml")
        let error = #expect(throws: TopologyError.self) { try topology.objects(for: "workspace", named: name) }
        #expect(error?.code == .invalidName)
        #expect(error?.message.contains("'\(name)'") == true)
    }

    @Test("A file that is not there says so and what to do")
    func missingFile() {
        let error = #expect(throws: TopologyError.self) { try TopologyFile(path: "/nonexistent/topology.yaml") }
        #expect(error?.code == .unreadableFile)
        #expect(error?.message.contains("/nonexistent/topology.yaml") == true)
    }

    @Test("What is exported reads back as the same objects", arguments: ["moltbot.yaml", "ha.yaml"])
    func exportReadsBack(file: String) throws {
        let topology = try Repository.topology(file)
        let read = try TopologyFile(name: "export.yaml", yaml: TopologyExport.yaml(topology)).topology
        #expect(Set(read.bindings) == Set(topology.bindings))
        #expect(read.queues.sorted { $0.name < $1.name } == topology.queues.sorted { $0.name < $1.name })
        #expect(read.exchanges.sorted { $0.name < $1.name } == topology.exchanges.sorted { $0.name < $1.name })
        #expect(read.policies.sorted { $0.name < $1.name } == topology.policies.sorted { $0.name < $1.name })
    }
}
