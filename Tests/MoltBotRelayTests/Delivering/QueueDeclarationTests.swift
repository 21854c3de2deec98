import AMQP
import Logging
import MoltBotMessaging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct QueueDeclarationTests {
    /// RabbitMQ 3.10 ends the connection of whoever declares a quorum queue that another is declaring.
    @Test func twoRelaysThatFindTheSameQueuesMissingBothHaveThem() async throws {
        try await TestBroker.withVirtualHost { host in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let (configuration, topology) = try await host.prepare(logger)
            let sessions = (0..<2).map { _ in BrokerSession(configuration: configuration, role: "relay", logger: logger) }
            try await sessions[0].withConnections {
                try await sessions[1].withConnections {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for session in sessions {
                            let queues = DeliveryQueues(session, topology: topology)
                            for number in 0..<8 {
                                group.addTask { try await queues.declare("ep-\(number)", isOrdered: number.isMultiple(of: 2)) }
                            }
                        }
                        try await group.waitForAll()
                    }
                    // What delivers has not noticed.
                    #expect(sessions.map(\.publishing.status.connectionCount) == [1, 1])
                    #expect(sessions.map(\.consuming.status.connectionCount) == [1, 1])
                }
            }
        }
    }
}
