import MoltBotConfig
import MoltBotMessaging

extension WebhookRegister {
    /// - Throws: ``TopologyError`` when the topology file can't be read.
    init(_ session: BrokerSession, _ settings: Settings) throws(TopologyError) {
        self.init(session, settings, try TopologyFile.find(settings.broker.topologyFile).topology)
    }

    init(_ session: BrokerSession, _ settings: Settings, _ topology: Topology) {
        self.init(
            session, keys: MasterKeySource(settings.registry),
            rules: Rules(allowsHTTP: settings.relay.allowsHTTP, allowedNetworks: settings.relay.allowedNetworks), topology: topology)
    }
}
