import Logging
import MoltBotMessaging
import MoltBotRelay
import ServiceLifecycle
import TestSupport

/// A relay that starts on command and may end before its test does.
final class StagedRelay: Sendable {
    /// What it says, from level info on.
    let lines: Recorder<String>
    private let session: BrokerSession
    private let services: ServiceGroup
    private let started = Gate()
    private let killed = Gate()

    /// - Parameter make: the relay and its connections, with that log.
    init(_ make: (Logger) -> (BrokerSession, Relay)) {
        let lines = Recorder<String>()
        let (session, relay) = make(.recording(lines, from: .info))
        self.lines = lines
        self.session = session
        services = ServiceGroup(services: [relay], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func start() { started.open() }

    /// Cuts everything short, with its connections.
    func kill() { killed.open() }

    /// As SIGTERM does.
    func stop() async { await services.triggerGracefulShutdown() }

    /// Returns when it was killed or has stopped, or when the test is over.
    func run() async throws {
        try await started.wait("the start of a relay", within: .seconds(600))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.session.withConnections { try await self.services.run() } }
            group.addTask { try await self.killed.wait("the end of a relay", within: .seconds(600)) }
            try await group.next()
            group.cancelAll()
        }
    }
}
