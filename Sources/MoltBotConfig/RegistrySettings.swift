package import MoltBotCore

/// Where the key is that seals the registry's secrets.
package struct RegistrySettings: Sendable {
    /// One key or several, separated by commas; wins over the file.
    package let masterKey: SecretString?
    package let keyFile: String

    init(_ reader: SettingsReader, stateDirectory: String) {
        masterKey = reader.text(.registryMasterKey).map(SecretString.init)
        keyFile = reader.text(.registryKeyFile) ?? stateDirectory + "/master.key"
    }
}
