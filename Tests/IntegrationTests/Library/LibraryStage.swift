import Logging
import MoltBot
import MoltBotWorker
import TestSupport

/// Runs `body` with a client of the library, a worker, and a spectator, on a virtual host of their own.
func withLibrary<Result: Sendable>(
    model: String? = nil, configuration: WorkerConfiguration = .init(),
    _ body: @escaping @Sendable (MoltBot, Spectator) async throws -> Result
) async throws -> Result {
    try await TestBroker.withVirtualHost { host in
        try await withPipeline(url: host.url, model: model, configuration: configuration) { pipeline in
            try await withMoltBot(host.url, options: .quiet) { try await body($0, pipeline) }
        }
    }
}

extension MoltBot.Options {
    /// Nothing on the test's standard error.
    static var quiet: MoltBot.Options {
        var options = MoltBot.Options()
        options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return options
    }
}

extension RecordedRequest {
    var bodyText: String { String(decoding: body, as: UTF8.self) }
}
