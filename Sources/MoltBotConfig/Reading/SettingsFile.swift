import Configuration
import Foundation
import MoltBotCore
import SystemPackage
import Yams

/// A settings file that has been checked: every key exists, and its line is known.
struct SettingsFile: Sendable {
    let name: String
    private let lines: [String: Int]

    /// - Returns: nil when no file is named and the default one does not exist.
    /// - Throws: every unknown key and misplaced value at once, each as `file:line:column: ...`.
    init?(named: String?, default defaultName: String) throws(SettingsError) {
        guard named != nil || FileManager.default.fileExists(atPath: defaultName) else { return nil }
        name = named ?? defaultName
        var check = SettingsFileCheck(file: name)
        try check.run(Self.read(name))
        lines = check.lines
    }

    /// The file as a source of values.
    func provider() async throws(SettingsError) -> any ConfigProvider {
        // An empty mapping has no root that the YAML snapshot accepts.
        guard !lines.isEmpty else { return InMemoryProvider(name: name, values: [:]) }
        do {
            return try await FileProvider<YAMLSnapshot>(filePath: FilePath(name))
        } catch {
            throw SettingsError(.unreadableFile, ["\(name): \(error)"], cause: error)
        }
    }

    func place(of key: SettingKey) -> String {
        lines[key.name].map { "\(name):\($0)" } ?? name
    }

    private static func read(_ name: String) throws(SettingsError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: name))
        } catch {
            throw SettingsError(
                .unreadableFile,
                ["\(name): the settings file can't be read: \(error.localizedDescription); name another with --config or MOLTBOT_CONFIG"],
                cause: error)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw SettingsError(.invalidFile, ["\(name):1:1: the file is not UTF-8 text: save it as UTF-8"])
        }
        return text
    }
}
