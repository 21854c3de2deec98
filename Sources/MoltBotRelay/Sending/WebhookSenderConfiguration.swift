package import MoltBotCore

/// Where a relay may send, and how it introduces itself.
package struct WebhookSenderConfiguration: Sendable {
    /// `MoltBot/<version>`.
    package var userAgent: String
    /// Whether plain `http` will do.
    package var allowHTTP: Bool
    /// Networks that receivers may be in besides the public Internet.
    package var allowedNetworks: [IPNetwork]
    /// A PEM file of authorities to trust instead of the system's: receivers inside a company often have certificates of its own.
    package var caFile: String?
    /// Connections open at one time, idle ones included.
    package var maximumConnections: Int

    package init(
        userAgent: String, allowHTTP: Bool = false, allowedNetworks: [IPNetwork] = [], caFile: String? = nil,
        maximumConnections: Int = 10_000
    ) {
        self.userAgent = userAgent
        self.allowHTTP = allowHTTP
        self.allowedNetworks = allowedNetworks
        self.caFile = caFile
        self.maximumConnections = maximumConnections
    }
}
