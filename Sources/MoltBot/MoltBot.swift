internal import AMQP
internal import MoltBotCore

/// A client of MoltBot: submits tasks to one workspace and gets their outcomes, over RabbitMQ alone.
///
///     let bot = try await MoltBot.connect(to: "amqp://localhost")
///     let task = try await bot.submit("Explain quantum computing in one sentence")
///     print(try await bot.wait(for: task).text())
///     await bot.close()
///
/// A lost connection comes back by itself: calls that need it wait, and no outcome is lost. All methods can be called from anywhere, at the
/// same time; one client is enough for a program.
public final class MoltBot: Sendable {
    /// The workspace whose tasks, events and models this client works with.
    public let workspace: String
    let core: ClientCore
    private let running: Task<Void, Never>

    /// Connects to the broker; returns when tasks can be submitted.
    /// - Parameters:
    ///   - url: `amqp://user:password@host:port/vhost`, or `amqps`; several of one cluster separated by commas. `moltbot broker url` prints
    ///     that of `moltbot up`.
    ///   - workspace: 1 to 63 characters a-z, 0-9, '-' and '_'.
    /// - Throws: ``MoltBotError``: `invalidConfiguration`, `accessRefused`; `notConnected` when nobody answers within the timeout.
    public static func connect(
        to url: String, workspace: String = "default", options: Options = Options()
    ) async throws(MoltBotError) -> MoltBot {
        guard let name = Workspace(workspace) else {
            throw MoltBotError(.invalidConfiguration, "\"\(workspace)\" is no workspace: \(Workspace.rule)")
        }
        let configuration: AMQPConfiguration
        do {
            configuration = try AMQPConfiguration(urls: url)
            try await probe(configuration, options)
        } catch {
            throw MoltBotError(broker: error)
        }
        let bot = MoltBot(ClientCore(configuration, workspace: name, options: options))
        do {
            try await bot.core.open(within: options.connectTimeout)
        } catch {
            await bot.close()
            throw MoltBotError(error)
        }
        return bot
    }

    private init(_ core: ClientCore) {
        workspace = core.workspace.name
        self.core = core
        // The connections last from here to close(), which is no scope of a caller; withMoltBot makes it one.
        running = Task { await core.run() }
    }

    deinit { running.cancel() }

    /// Ends the client in an orderly way: takes no more calls, waits for those under way and for the handlers of events, and closes the
    /// connections. Who waits for a task gets an error with code `closed`. Tasks that were submitted go on.
    /// - Parameter grace: after this time, calls and handlers that still run are cancelled. A handler that ignores that is waited for.
    public func close(within grace: Duration = .seconds(5)) async {
        let (core, running) = (core, running)
        // In a task of its own: also a caller that was cancelled leaves nothing behind on the broker.
        await Task {
            core.outcomes.close()
            core.answers.close()
            core.hub.close()
            await core.operations.close(within: grace)
            await core.handlers.finish(within: grace)
            await core.removeQueues()
            running.cancel()
            await running.value
        }.value
    }

    /// One attempt that says at once what is wrong, a password for example: the connections themselves would try for ever.
    private static func probe(_ configuration: AMQPConfiguration, _ options: Options) async throws(AMQPError) {
        var configuration = configuration
        configuration.connectionName = "moltbot-library-probe"
        for index in configuration.endpoints.indices {
            configuration.endpoints[index].connectionTimeout = min(
                configuration.endpoints[index].connectionTimeout, options.connectTimeout)
        }
        do {
            try await AMQPConnection.withConnection(configuration: configuration, logger: options.logger) { _ in }
        } catch {
            throw error as? AMQPError ?? AMQPError(.connectFailed, "\(error)", cause: error)
        }
    }
}

/// Runs `body` with a client that is closed when the body returns or throws.
/// - Throws: what ``MoltBot/connect(to:workspace:options:)`` throws, and what `body` throws.
public func withMoltBot<Result>(
    _ url: String, workspace: String = "default", options: MoltBot.Options = MoltBot.Options(), _ body: (MoltBot) async throws -> Result
) async throws -> Result {
    let bot = try await MoltBot.connect(to: url, workspace: workspace, options: options)
    do {
        let result = try await body(bot)
        await bot.close()
        return result
    } catch {
        await bot.close()
        throw error
    }
}
