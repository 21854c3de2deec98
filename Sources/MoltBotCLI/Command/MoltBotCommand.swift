import ArgumentParser
import Foundation
import Logging
import MoltBotConfig

/// A command that reads the settings, does one thing, and says in words and in its exit status how that went.
///
///     struct Submit: MoltBotCommand {
///         @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
///         @OptionGroup(title: "Broker") var broker: BrokerOptions
///         var flags: [FlagValue] { broker.flags }
///         func run(in context: CommandContext) async throws { ... }
///     }
protocol MoltBotCommand: AsyncParsableCommand {
    var settingsOptions: SettingsOptions { get }
    /// The settings that the command's own flags give.
    var flags: [FlagValue] { get }
    /// What is logged when nobody sets `log.level`.
    static var defaultLogLevel: LogSettings.Level { get }

    /// Throws what ``CommandFailure`` can tell, or an `ExitCode` when everything has been said.
    func run(in context: CommandContext) async throws
}

extension MoltBotCommand {
    static var defaultLogLevel: LogSettings.Level { .warning }

    func run() async throws {
        let console = Console()
        do {
            let settings = try Settings.load(
                flags: flags + settingsOptions.flags, environment: ProcessInfo.processInfo.environment, file: settingsOptions.config)
            LogBootstrap.install(level: settings.log.level ?? Self.defaultLogLevel, format: settings.log.format)
            let context = CommandContext(settings: settings, console: console, logger: Logger(label: "moltbot.\(Self._commandName)"))
            try await run(in: context)
        } catch let exit as ExitCode {
            throw exit
        } catch let closed as Console.Closed where closed.isByReader {
            throw ExitCode.success
        } catch let usage as ValidationError {
            throw usage
        } catch {
            let failure = CommandFailure(error)
            console.report(failure)
            throw failure.status.code
        }
    }
}
