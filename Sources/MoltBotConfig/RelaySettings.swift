/// How the webhook relay works.
package struct RelaySettings: Sendable {
    /// Requests at once, over all endpoints.
    package let concurrency: Int
    package let allowsHTTP: Bool
    /// In CIDR notation, as they were written.
    package let allowedNetworks: [String]

    init(_ reader: SettingsReader) throws(SettingsError) {
        concurrency = try reader.wholeNumber(.relayConcurrency, in: 1...100_000)
        allowsHTTP = try reader.flag(.relayAllowsHTTP)
        allowedNetworks = reader.text(.relayAllowedNetworks) == nil ? [] : try reader.list(.relayAllowedNetworks)
    }
}
