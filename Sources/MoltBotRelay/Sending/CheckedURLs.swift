internal import MoltBotCore
internal import Synchronization

/// Checks URLs, and remembers those that are good: an endpoint's is asked about with each delivery.
final class CheckedURLs: Sendable {
    /// With more of them all are forgotten, and checked anew. Callbacks bring a URL for each task, perhaps.
    private static let limit = 10_000

    private let allowHTTP: Bool
    private let allowedNetworks: [IPNetwork]
    private let good = Mutex<[String: WebhookURL]>([:])

    init(allowHTTP: Bool, allowedNetworks: [IPNetwork]) {
        self.allowHTTP = allowHTTP
        self.allowedNetworks = allowedNetworks
    }

    func check(_ text: String) throws(InvalidWebhook) -> WebhookURL {
        if let known = good.withLock({ $0[text] }) { return known }
        let url = try WebhookURL.check(text, allowHTTP: allowHTTP, allowedNetworks: allowedNetworks)
        good.withLock { good in
            if good.count >= Self.limit { good.removeAll() }
            good[text] = url
        }
        return url
    }
}
