import MoltBotConfig
import MoltBotMessaging

extension WebhookRegister {
    init(_ session: BrokerSession, _ settings: Settings) {
        self.init(
            session, keys: MasterKeySource(setting: settings.registry.masterKey, file: MasterKeyFile(path: settings.registry.keyFile)),
            rules: Rules(allowsHTTP: settings.relay.allowsHTTP, allowedNetworks: settings.relay.allowedNetworks))
    }
}
