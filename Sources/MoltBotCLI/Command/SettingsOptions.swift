import ArgumentParser
import MoltBotConfig

/// The options of every command.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read settings from this file instead of \(Settings.defaultFile).", valueName: "file"), completion: .file())
    var config: String?

    @Option(help: ArgumentHelp("Least serious messages to log: trace, debug, info, notice, warning, error.", valueName: "level"))
    var logLevel: String?

    @Option(help: ArgumentHelp("How log lines look: text or json.", valueName: "format"))
    var logFormat: String?

    var flags: [FlagValue] {
        [FlagValue(.logLevel, "--log-level", logLevel), FlagValue(.logFormat, "--log-format", logFormat)].compactMap(\.self)
    }
}
