import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs services until they are told to stop.
enum ServiceRun {
    /// Runs until SIGTERM or SIGINT (Ctrl-C), which end the services in reverse order, the last first. A SIGINT after that, and SIGQUIT
    /// (Ctrl-\) at any time, cancels all of them at once.
    ///
    /// - Parameter limit: after this long what still runs is cancelled; nil waits for as long as it takes.
    /// - Throws: what a service throws; the exit status of a SIGINT that was not the first signal.
    static func untilSignal(_ services: [any Service], limit: Duration?, logger: Logger) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigquit)
        let group = group(services, limit: limit, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { try await watch(signals, group) }
            try await tasks.next()
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    /// Returns when the services are to be cancelled, and when it is cancelled itself.
    private static func watch(_ signals: UnixSignalsSequence, _ group: ServiceGroup) async throws {
        var isStopping = false
        for await signal in signals {
            switch signal {
            case .sigquit: return
            case .sigint where isStopping: throw ExitCode(128 + signal.rawValue)
            default:
                isStopping = true
                await group.triggerGracefulShutdown()
            }
        }
    }

    /// Runs within another service, and ends with it.
    static func nested(_ services: [any Service], limit: Duration, logger: Logger) async throws {
        try await group(services, limit: limit, logger: logger).run()
    }

    private static func group(_ services: [any Service], limit: Duration?, logger: Logger) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, serviceName: "\(type(of: $0))") }, logger: logger)
        configuration.maximumGracefulShutdownDuration = limit
        return ServiceGroup(configuration: configuration)
    }
}
