import Configuration
import Foundation
import MoltBotCore

/// A settings file that has been checked: every key exists, and its line is known.
struct SettingsFile: Sendable {
    let name: String
    private let lines: [String: Int]
    private let values: [String: SettingsFileCheck.Value]
    let deployments: [Deployment]
    let workspaceLimits: [Workspace: RateLimits]

    /// - Returns: nil when no file is named and the default one does not exist.
    /// - Throws: every unknown key and misplaced value at once, each as `file:line:column: ...`.
    init?(named: String?, default defaultName: String) throws(SettingsError) {
        guard named != nil || FileManager.default.fileExists(atPath: defaultName) else { return nil }
        name = named ?? defaultName
        var check = SettingsFileCheck(file: name)
        try check.run(Self.read(name))
        lines = check.lines
        values = check.values
        deployments = check.deployments
        workspaceLimits = check.workspaceLimits
    }

    /// The file as a source of values.
    var provider: any ConfigProvider {
        let secrets = Set(SettingKey.all.filter(\.isSecret).map(\.name))
        let values = values.map { name, value in
            let content: ConfigContent =
                switch value {
                case .text(let text): .string(text)
                case .list(let texts): .stringArray(texts)
                }
            let key = AbsoluteConfigKey(name.split(separator: ".").map(String.init))
            return (key, ConfigValue(content, isSecret: secrets.contains(name)))
        }
        return InMemoryProvider(name: name, values: Dictionary(values) { first, _ in first })
    }

    func place(of key: SettingKey) -> String {
        lines[key.name].map { "\(name):\($0)" } ?? name
    }

    /// The content of a file that a setting names.
    static func bytes(_ path: String, _ setting: String) throws(SettingsError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw SettingsError(
                .unreadableFile, ["\(path): the file can't be read: \(FileProblem.text(path)); name another with \(setting)"],
                cause: error)
        }
    }

    private static func read(_ name: String) throws(SettingsError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: name))
        } catch {
            throw SettingsError(
                .unreadableFile,
                ["\(name): the settings file can't be read: \(FileProblem.text(name)); name another with --config or MOLTBOT_CONFIG"],
                cause: error)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw SettingsError(.invalidFile, ["\(name):1:1: the file is not UTF-8 text: save it as UTF-8"])
        }
        return text
    }
}
