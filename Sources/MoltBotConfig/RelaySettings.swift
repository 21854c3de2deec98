package import MoltBotCore

/// How the webhook relay works.
package struct RelaySettings: Sendable {
    /// Requests at once, over all endpoints.
    package let concurrency: Int
    package let allowsHTTP: Bool
    /// Private networks that webhooks may go to.
    package let allowedNetworks: [IPNetwork]
    package let gracePeriod: Duration

    private static let day = Duration.seconds(86_400)

    init(_ reader: SettingsReader) throws(SettingsError) {
        concurrency = try reader.wholeNumber(.relayConcurrency, in: 1...100_000)
        gracePeriod = try reader.duration(.relayGracePeriod, in: .zero...Self.day)
        allowsHTTP = try reader.flag(.relayAllowsHTTP)
        let networks = reader.text(.relayAllowedNetworks) == nil ? [] : try reader.list(.relayAllowedNetworks)
        allowedNetworks = try networks.map { text throws(SettingsError) in
            guard let network = IPNetwork(text) else {
                throw reader.invalid(
                    .relayAllowedNetworks, "'\(text)' is no network; write its first address and its length, as 10.20.0.0/16")
            }
            return network
        }
    }
}
