import MoltBotCore

/// Everything that can be set, read once at the start of a command.
///
/// The first of these that has a value wins: the command's flags, the environment, the file, the default.
package struct Settings: Sendable {
    package let stateDirectory: String
    package let broker: BrokerSettings
    package let worker: WorkerSettings
    package let models: ModelSettings
    package let relay: RelaySettings
    package let registry: RegistrySettings
    package let ledger: LedgerSettings
    package let api: APISettings
    package let node: NodeSettings
    package let log: LogSettings
    /// The file that was read, as it was named; nil when there was none.
    package let file: String?
    private let reader: SettingsReader
    private let source: Source

    /// What the settings were read from, to read them again.
    private struct Source: Sendable {
        let flags: [FlagValue]
        let environment: [String: String]
        let file: String?
    }

    /// The file that is read when none is named and it exists.
    package static let defaultFile = "config/gateway.yaml"

    /// - Parameters:
    ///   - flags: what the command line sets, already parsed into one text a key.
    ///   - environment: the process's variables.
    ///   - file: the file that `--config` names.
    package static func load(
        flags: [FlagValue], environment: [String: String], file: String?
    ) throws(SettingsError) -> Settings {
        let named = file ?? environment["MOLTBOT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let settingsFile = try SettingsFile(named: named, default: defaultFile)
        let reader = SettingsReader(flags: flags, environment: environment, file: settingsFile)
        return try Settings(reader, Source(flags: flags, environment: environment, file: file), file: settingsFile?.name)
    }

    /// The settings as they are now: the file may have changed, the rest has not.
    package func readAgain() throws(SettingsError) -> Settings {
        try Self.load(flags: source.flags, environment: source.environment, file: source.file)
    }

    private init(_ reader: SettingsReader, _ source: Source, file: String?) throws(SettingsError) {
        let environment = source.environment
        stateDirectory = reader.text(.stateDirectory) ?? Self.defaultStateDirectory(environment)
        guard !stateDirectory.isEmpty else { throw reader.invalid(.stateDirectory, "name a folder, or leave it out for the default") }
        broker = try BrokerSettings(reader)
        worker = try WorkerSettings(reader)
        models = try ModelSettings(reader)
        relay = try RelaySettings(reader)
        registry = RegistrySettings(reader, stateDirectory: stateDirectory)
        ledger = try LedgerSettings(reader, stateDirectory: stateDirectory)
        api = try APISettings(reader)
        node = NodeSettings(reader)
        log = try LogSettings(reader)
        self.file = file
        self.reader = reader
        self.source = source
    }

    /// Where the value of a setting came from, for messages: a flag, a variable, `file:line`, or `the default`.
    package func place(of key: SettingKey) -> String { reader.place(of: key) }

    /// Whether the command's own flags give it.
    package func isFlag(_ key: SettingKey) -> Bool { source.flags.contains { $0.key == key } }

    /// Whether anybody but the default says something.
    package func isSet(_ key: SettingKey) -> Bool { reader.isSet(key) }

    /// What is in force for a key, as text; secrets are masked. Nil when nothing is set.
    package func text(of key: SettingKey) -> String? {
        if key == .stateDirectory { return stateDirectory }
        if key == .registryKeyFile { return registry.keyFile }
        return reader.text(key).map { key.isSecret ? SecretString($0).description : $0 }
    }

    /// XDG Base Directory specification; relative values of its variables are to be ignored.
    private static func defaultStateDirectory(_ environment: [String: String]) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/moltbot" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/moltbot" }
        return ".moltbot"
    }
}
