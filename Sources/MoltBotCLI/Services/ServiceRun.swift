import Logging
import ServiceLifecycle
import UnixSignals

/// Runs services until they are told to stop.
enum ServiceRun {
    /// Runs until SIGTERM or SIGINT (Ctrl-C), which end the services in reverse order, the last first. SIGQUIT (Ctrl-\) leaves out
    /// the order.
    ///
    /// - Parameter limit: after this long what still runs is cancelled; nil waits for as long as it takes.
    static func untilSignal(_ services: [any Service], limit: Duration?, logger: Logger) async throws {
        try await run(services, limit: limit, signals: [.sigterm, .sigint], cancellation: [.sigquit], logger: logger)
    }

    /// Runs within another service, and ends with it.
    static func nested(_ services: [any Service], limit: Duration, logger: Logger) async throws {
        try await run(services, limit: limit, signals: [], cancellation: [], logger: logger)
    }

    private static func run(
        _ services: [any Service], limit: Duration?, signals: [UnixSignal], cancellation: [UnixSignal], logger: Logger
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, serviceName: "\(type(of: $0))") }, gracefulShutdownSignals: signals,
            cancellationSignals: cancellation, logger: logger)
        configuration.maximumGracefulShutdownDuration = limit
        try await ServiceGroup(configuration: configuration).run()
    }
}
