import Logging
import ServiceLifecycle

/// Shuts down gracefully what it runs, as a service group does on SIGTERM.
struct GracefulShutdownTrigger {
    private struct Once: Service {
        let body: @Sendable () async throws -> Void
        func run() async throws { try await body() }
    }

    /// Returns when `body` has ended, after the shutdown that begins when `ready` returns.
    func run(
        after ready: () async throws -> Void = {}, _ body: @escaping @Sendable () async throws -> Void, afterTrigger: () -> Void = {}
    ) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: Once(body: body), successTerminationBehavior: .gracefullyShutdownGroup)], logger: .silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await ready()
            await group.triggerGracefulShutdown()
            afterTrigger()
            try await tasks.waitForAll()
        }
    }
}
