import AMQP
import MoltBotCore
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("Task queues that change while a process runs", .timeLimit(.minutes(30)))
struct QueueChangeTests {
    private static let one = "moltbot.tasks.default"

    private func declare(_ queue: String, _ session: BrokerSession) async throws {
        try await session.consuming.withChannel { _ = try await $0.queueDeclare(AMQPQueue(name: queue)) }
    }

    private func delete(_ queue: String, _ session: BrokerSession) async throws {
        try await session.consuming.withChannel { _ = try await $0.queueDelete(queue) }
    }

    @Test("are found, from one queue to one for each lane and back")
    func depths() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.session(url: host.url) { session in
                let depths = QueueDepths(session)
                #expect(await depths.depths(of: .default).isEmpty)
                try await declare(Self.one, session)
                #expect(await depths.depths(of: .default).map(\.lane) == [nil])
                try await delete(Self.one, session)
                for lane in Lane.allCases { try await declare("\(Self.one).\(lane.rawValue)", session) }
                #expect(await depths.depths(of: .default).compactMap(\.lane) == Lane.allCases.reversed())
                for lane in Lane.allCases { try await delete("\(Self.one).\(lane.rawValue)", session) }
                try await declare(Self.one, session)
                #expect(await depths.depths(of: .default).map(\.lane) == [nil])
            }
        }
    }

    @Test("are looked for again, so that nobody is told that a task was taken which no worker can get")
    func routes() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.session(url: host.url) { session in
                let patient = TaskRoutes(session.publishing)
                let routes = TaskRoutes(session.publishing, lifetime: .zero)
                try await declare(Self.one, session)
                try await patient.check(.default, .normal)
                try await routes.check(.default, .normal)
                try await delete(Self.one, session)
                for _ in 0..<2 {
                    let error = await #expect(throws: AMQPError.self) { try await routes.check(.default, .normal) }
                    #expect(error?.code == .unroutable)
                }
                // Within the lifetime nobody asks again.
                try await patient.check(.default, .normal)
                try await declare(Self.one, session)
                try await routes.check(.default, .normal)
            }
        }
    }
}
