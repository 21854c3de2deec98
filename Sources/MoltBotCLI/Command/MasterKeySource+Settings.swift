import MoltBotConfig
import MoltBotMessaging

extension MasterKeySource {
    init(_ settings: RegistrySettings) {
        self.init(setting: settings.masterKey, file: MasterKeyFile(path: settings.keyFile))
    }
}
