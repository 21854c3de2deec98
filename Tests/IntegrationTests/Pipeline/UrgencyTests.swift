import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct UrgencyTests {
    private struct Run {
        var lane: Lane
        var priority: TaskPriority
    }

    /// What ``AMQPLoopExecutor`` goes by; also for what a handler begins.
    @Test func criticalTasksRunBeforeOthersWithinTheWorker() async throws {
        try await TestBroker.withVirtualHost { host in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let amqp = try AMQPConfiguration(urls: host.url)
            let topology = try TopologyFile(path: BuildProducts.repository + "/" + Layout.cluster.rawValue).topology
            let plan = try await TopologyPlan.make(topology: topology, configuration: amqp, management: nil, logger: logger)
            _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
            let session = BrokerSession(configuration: amqp, role: "worker", logger: logger)
            let consumer = TaskConsumer(session, queues: topology.taskQueues(of: .default), slots: 4, restore: {})
            let runs = Recorder<Run>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await session.withConnections {
                        await withTaskExecutorPreference(session.executor) {
                            await consumer.run { task in
                                async let priority = Task.currentPriority
                                runs.record(Run(lane: task.lane, priority: await priority))
                                return .ack
                            }
                        }
                    }
                }
                try await withSpectator(url: host.url) { spectator in
                    for lane in ["default.low", "default.critical"] {
                        try await spectator.publish(#"{"prompt": "x"}"#, id: lane, routingKey: lane)
                    }
                    let priorities = try await runs.atLeast(2, "task").map { ($0.lane, $0.priority) }
                    #expect(Dictionary(priorities) { first, _ in first } == [.low: .medium, .critical: .high])
                }
                group.cancelAll()
            }
        }
    }
}
