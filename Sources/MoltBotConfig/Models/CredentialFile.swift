import Foundation
import MoltBotCore

/// The file with the keys of models' providers, `models/auth.json`.
struct CredentialFile: Sendable {
    let path: String
    /// Whether somebody named it: then it has to exist.
    let isNamed: Bool

    /// Permissions of anybody but the owner.
    private static let othersMask: UInt16 = 0o077

    func read() throws(SettingsError) -> CredentialEntries {
        guard isNamed || FileManager.default.fileExists(atPath: path) else { return .none }
        let bytes = try SettingsFile.bytes(path, SettingKey.modelAuthFile.name)
        try checkMode()
        do {
            return try CredentialEntries(try JSONValue.parse(bytes))
        } catch let error as InvalidDeployment {
            throw SettingsError(.invalidFile, error.problems.map { "\(path): \($0)" }, cause: error)
        } catch {
            throw SettingsError(.invalidFile, ["\(path): the file is not valid JSON: \(error)"], cause: error)
        }
    }

    func missing(_ name: String, of deployment: String, in entries: CredentialEntries) -> SettingsError {
        let hint =
            Spelling.nearest(to: name, in: entries.names).map { "did you mean \"\($0)\"?" }
            ?? (entries.names.isEmpty ? "the file has none, or does not exist" : "it has \(entries.names.joined(separator: ", "))")
        return SettingsError(
            .invalidValue, ["deployment \"\(deployment)\": auth: \(path) has no entry \"\(name)\"; \(hint)"])
    }

    private func checkMode() throws(SettingsError) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let mode = attributes?[.posixPermissions] as? NSNumber else { return }
        guard mode.uint16Value & Self.othersMask == 0 else {
            let digits = String(mode.uint16Value & 0o777, radix: 8)
            throw SettingsError(.unreadableFile, ["\(path): others can read the keys in it (mode \(digits)): run chmod 600 \(path)"])
        }
    }
}
