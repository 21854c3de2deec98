package import MoltBotCore

/// Which broker to use and what has to be on it.
package struct BrokerSettings: Sendable {
    /// One AMQP URL, or several separated by commas; nil for the private broker.
    package let url: SecretString?
    package let managementURL: SecretString?
    package let appliesTopology: Bool
    /// The topology file's path; nil for the default one.
    package let topologyFile: String?

    init(_ reader: SettingsReader) throws(SettingsError) {
        url = reader.text(.brokerURL).map(SecretString.init)
        managementURL = reader.text(.brokerManagementURL).map(SecretString.init)
        appliesTopology = try reader.flag(.brokerApplyTopology)
        topologyFile = reader.text(.brokerTopology)
    }
}
