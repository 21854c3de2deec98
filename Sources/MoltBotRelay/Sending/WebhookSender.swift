internal import CurlHTTP
package import Logging
internal import MoltBotCore

/// Sends webhooks, many at a time.
///
/// Redirects are not followed and no proxy is used, whatever the environment says: either would reach addresses that nobody has checked. The
/// address is checked when a socket is opened, so a name that resolves differently from one time to the next changes nothing. libcurl itself
/// sends a request again, on a new connection, when the receiver has closed the one it was sent on before any byte of an answer.
package struct WebhookSender: Sendable {
    /// An answer is read so far; a longer one costs its connection.
    static let maximumAnswerBytes = 16 * 1024
    private static let longestConnectTime = Duration.seconds(10)

    private let client: HTTPClient
    private let urls: CheckedURLs

    package init(_ configuration: WebhookSenderConfiguration, logger: Logger) {
        let policy = AddressPolicy(allowedNetworks: configuration.allowedNetworks)
        urls = CheckedURLs(allowHTTP: configuration.allowHTTP, allowedNetworks: configuration.allowedNetworks)
        client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumConnections: configuration.maximumConnections, proxy: .none, caFile: configuration.caFile,
                userAgent: configuration.userAgent,
                addressPolicy: { remote in IPAddress(bytes: remote.bytes).map(policy.isAllowed) ?? false }),
            logger: logger)
    }

    /// Ends all requests and closes all connections.
    package func shutdown() async {
        await client.shutdown()
    }

    /// Sends one request, signed for this moment. Takes hardly longer than the target's timeout; cancelling the task ends it at once.
    package func send(_ webhook: OutgoingWebhook, to target: WebhookTarget) async -> SendOutcome {
        let startedAt = Timestamp.now()
        let start = ContinuousClock.now
        let end: (answer: AttemptAnswer, excerpt: String?, error: String?)
        var isRefused = false
        do throws(InvalidWebhook) {
            let request = try request(for: webhook, to: target, at: startedAt)
            do throws(HTTPError) {
                end = target.reading.read(try await client.execute(request, acceptsPartialBody: true), now: .now())
            } catch {
                end = target.reading.read(error)
            }
        } catch {
            isRefused = true
            end = (.failure, nil, error.description)
        }
        return SendOutcome(
            answer: end.answer, startedAt: startedAt, duration: start.duration(to: .now), excerpt: end.excerpt, error: end.error,
            isRefused: isRefused)
    }

    /// The URL is checked here again: a callback's comes with its task, and what is allowed may have changed since an endpoint was made.
    private func request(for webhook: OutgoingWebhook, to target: WebhookTarget, at time: Timestamp) throws(InvalidWebhook) -> HTTPRequest {
        let url = try urls.check(target.url)
        return HTTPRequest(
            method: "POST", url: url.text, headers: try WebhookRequestHeaders.headers(for: webhook, to: target, at: time),
            body: webhook.body,
            timeouts: HTTPTimeouts(connect: min(target.timeout, Self.longestConnectTime), total: target.timeout),
            maximumResponseBytes: Self.maximumAnswerBytes)
    }
}
