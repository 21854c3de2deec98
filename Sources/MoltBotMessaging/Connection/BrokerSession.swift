package import AMQP
package import Logging
package import MoltBotCore
internal import NIOPosix
package import ServiceLifecycle

/// The two connections of a process: RabbitMQ stops reading from a publisher's connection during an alarm, and acknowledgements must
/// not wait behind that.
package struct BrokerSession: Sendable {
    package let publishing: AMQPClient
    package let consuming: AMQPClient
    package let logger: Logger
    /// Runs tasks where both connections live; for code that never blocks.
    package let executor: any TaskExecutor
    private let uptime: BrokerUptime
    private let aside: AMQPConfiguration

    /// - Parameters:
    ///   - role: shown in the broker's list of connections, e.g. `worker`.
    ///   - setup: runs on each new publishing connection before it is used: the topology check, or its declaration.
    ///   - consumerSetup: the same for the consuming connection; queues that belong to it are declared here.
    package init(
        configuration: AMQPConfiguration, role: String, logger: Logger,
        setup: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in },
        consumerSetup: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in }
    ) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        executor = AMQPLoopExecutor(loop)
        func named(_ direction: String) -> AMQPConfiguration {
            var configuration = configuration
            configuration.eventLoop = loop
            configuration.connectionName = "moltbot-\(role)-\(direction)"
            return configuration
        }
        let uptime = BrokerUptime()
        self.uptime = uptime
        publishing = AMQPClient(configuration: named("publish"), logger: logger) { connection in
            try await setup(connection)
            await uptime.read(on: connection)
        }
        uptime.follow(publishing)
        consuming = AMQPClient(configuration: named("consume"), logger: logger, setup: consumerSetup)
        aside = named("aside")
        self.logger = logger
    }

    /// Runs `body` on a connection of its own, for what the broker may answer by ending the whole connection.
    func withConnectionAside<Result>(_ body: (AMQPConnection) async throws -> Result) async throws -> Result {
        try await AMQPConnection.withConnection(configuration: aside, logger: logger, body)
    }

    /// True when the broker has certainly run without a restart since `moment`.
    package func brokerHasRun(since moment: Timestamp) -> Bool { uptime.covers(moment) }

    /// Returns when both connections are up.
    /// - Throws: ``AMQPError`` with code `notConnected` after `timeout`, or `cancelled`.
    func waitUntilConnected(within timeout: Duration) async throws(AMQPError) {
        try await publishing.waitUntilConnected(within: timeout)
        try await consuming.waitUntilConnected(within: timeout)
    }

    /// Both connections, for a service group. They must outlive what uses them, so they come first in it.
    package var services: [any Service] { [publishing, consuming] }

    /// Runs both connections for as long as `body` runs: for commands that come and go.
    package func withConnections<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publishing.run() }
            group.addTask { try await consuming.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
