import Configuration
import MoltBotCore

/// Looks settings up in flags, environment, file and defaults, and turns their text into values.
struct SettingsReader: Sendable {
    /// One place that values come from, and how to name the place of one value to a person.
    private struct Source: Sendable {
        let provider: any ConfigProvider
        let place: @Sendable (SettingKey) -> String

        func has(_ key: SettingKey) -> Bool {
            do {
                return try provider.value(forKey: key.absolute, type: key.isList ? .stringArray : .string).value != nil
            } catch {
                // It holds the key in another shape.
                return true
            }
        }
    }

    private static let defaultPlace = "the default"

    private let sources: [Source]
    private let config: ConfigReader
    private let fileDeployments: [Deployment]
    private let fileLimits: [Workspace: RateLimits]

    init(flags: [FlagValue], environment: [String: String], file: SettingsFile?) {
        let flagNames = Dictionary(flags.map { ($0.key, $0.flag) }) { first, _ in first }
        let flagTexts = Dictionary(flags.map { ($0.key, $0.text) }) { first, _ in first }
        let foreign = Dictionary(
            SettingKey.all.compactMap { key in key.foreignVariable.flatMap { environment[$0] }.map { (key, $0) } }
        ) { first, _ in first }
        // An empty variable is how people unset one.
        let variables = environment.filter { !$0.value.isEmpty }
        var sources = [
            Source(provider: Self.inMemory("flags", flagTexts)) { flagNames[$0] ?? $0.name },
            Source(provider: EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: "moltbot")) { $0.variable },
            Source(provider: Self.inMemory("environment", foreign.filter { !$0.value.isEmpty })) { $0.foreignVariable ?? $0.variable },
        ]
        if let file {
            sources.append(Source(provider: file.provider) { file.place(of: $0) })
        }
        let defaults = Dictionary(SettingKey.all.compactMap { key in key.defaultText.map { (key, $0) } }) { first, _ in first }
        sources.append(Source(provider: Self.inMemory("defaults", defaults)) { _ in Self.defaultPlace })
        fileDeployments = file?.deployments ?? []
        fileLimits = file?.workspaceLimits ?? [:]
        self.sources = sources
        config = ConfigReader(providers: sources.map(\.provider))
    }

    private static func inMemory(_ name: String, _ texts: [SettingKey: String]) -> InMemoryProvider {
        let values = texts.map { key, text in
            let content: ConfigContent = key.isList ? .stringArray(ValueSyntax.list(text)) : .string(text)
            return (key.absolute, ConfigValue(content, isSecret: key.isSecret))
        }
        return InMemoryProvider(name: name, values: Dictionary(values) { first, _ in first })
    }

    /// The first source's text for the key; a list's elements are joined by commas.
    func text(_ key: SettingKey) -> String? {
        guard key.isList else { return config.string(forKey: key.configKey, isSecret: key.isSecret) }
        return config.stringArray(forKey: key.configKey, isSecret: key.isSecret)?.joined(separator: ",")
    }

    /// Whether anybody but the default says something.
    func isSet(_ key: SettingKey) -> Bool {
        sources.dropLast().contains { $0.has(key) }
    }

    func place(of key: SettingKey) -> String {
        sources.first { $0.has(key) }?.place(key) ?? Self.defaultPlace
    }

    /// The error for a value that can't be used, naming the key and the place.
    func invalid(_ key: SettingKey, _ remedy: String) -> SettingsError {
        let value = text(key).map { key.isSecret ? "set" : "'\($0)'" } ?? "not set"
        return SettingsError(.invalidValue, ["\(key.name) is \(value) (from \(place(of: key))): \(remedy)"])
    }
}

extension SettingsReader {
    func flag(_ key: SettingKey) throws(SettingsError) -> Bool {
        try required(key) { ValueSyntax.flag($0) }
    }

    func wholeNumber(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        try required(key, ", \(range.lowerBound) to \(range.upperBound)") { Int($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    func fraction(_ key: SettingKey) throws(SettingsError) -> Double {
        try required(key) { Double($0).flatMap { (0...1).contains($0) ? $0 : nil } }
    }

    func duration(_ key: SettingKey, in range: ClosedRange<Duration>) throws(SettingsError) -> Duration {
        try required(key, "; \(range.lowerBound.settingText) to \(range.upperBound.settingText)") { text in
            ValueSyntax.duration(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number without a unit counts milliseconds.
    func milliseconds(_ key: SettingKey, in range: ClosedRange<Duration>) throws(SettingsError) -> Duration {
        try required(key, "; \(range.lowerBound.settingText) to \(range.upperBound.settingText)") { text in
            let duration = Int(text).map { Duration.milliseconds($0) } ?? ValueSyntax.duration(text)
            return duration.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Those of the file: they are too much for a variable.
    func deployments() throws(SettingsError) -> [Deployment] {
        let key = SettingKey.modelDeployments
        guard isSet(key), fileDeployments.isEmpty, let text = text(key), !text.isEmpty else { return fileDeployments }
        throw invalid(key, "deployments are given in the settings file, or with `moltbot models add`")
    }

    /// Those of the file.
    func workspaceLimits() throws(SettingsError) -> [Workspace: RateLimits] {
        let key = SettingKey.modelWorkspaceLimits
        guard isSet(key), fileLimits.isEmpty, let text = text(key), !text.isEmpty else { return fileLimits }
        throw invalid(key, "limits of workspaces are given in the settings file")
    }

    func optionalDuration(_ key: SettingKey, in range: ClosedRange<Duration>) throws(SettingsError) -> Duration? {
        guard text(key) != nil else { return nil }
        return try duration(key, in: range)
    }

    func size(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        try required(key, "; \(range.lowerBound) to \(range.upperBound)") { text in
            ValueSyntax.size(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func list(_ key: SettingKey) throws(SettingsError) -> [String] {
        try required(key) { text in
            let names = ValueSyntax.list(text)
            return names.isEmpty ? nil : names
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: SettingKey) throws(SettingsError) -> Choice
    where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        guard let text = text(key), let choice = Choice(rawValue: text) else {
            let hint = text(key).flatMap { Spelling.nearest(to: $0, in: names) }.map { " (did you mean '\($0)'?)" } ?? ""
            throw invalid(key, "give one of \(names.joined(separator: ", "))\(hint)")
        }
        return choice
    }

    private func required<Value>(_ key: SettingKey, _ limits: String = "", _ parse: (String) -> Value?) throws(SettingsError) -> Value {
        guard let text = text(key), let value = parse(text) else { throw invalid(key, "give \(key.form.rawValue)\(limits)") }
        return value
    }
}

extension SettingKey {
    fileprivate var absolute: AbsoluteConfigKey { AbsoluteConfigKey(name.split(separator: ".").map(String.init)) }
    fileprivate var configKey: ConfigKey { ConfigKey(name.split(separator: ".").map(String.init)) }
}
