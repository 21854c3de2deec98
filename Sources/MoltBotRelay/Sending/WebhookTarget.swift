package import MoltBotCore

/// Where an event is sent to, and what the receiver expects along with it. Make it once for many requests: it holds what is the same
/// in all of them.
package struct WebhookTarget: Sendable {
    package let url: String
    /// For the whole request.
    package let timeout: Duration
    /// The owner's own headers, without those that the relay sets itself.
    let headers: [(name: String, value: SecretString)]
    /// Whether the owner says what goes into `traceparent`.
    let hasOwnTrace: Bool
    /// A secret that can't be read costs each request, with the same words.
    let signer: Result<WebhookSigner, InvalidWebhook>
    let reading: AnswerReading

    /// - Parameters:
    ///   - headers: the owner's own. Those that the relay sets itself are left out.
    ///   - secrets: none: the requests are not signed.
    package init(url: String, headers: [String: SecretString] = [:], secrets: [WebhookSecret], timeout: Duration = .seconds(20)) {
        self.url = url
        self.timeout = timeout
        self.headers = headers.filter { !WebhookHeaders.isReserved($0.key) }.map { ($0.key, $0.value) }
        hasOwnTrace = headers.keys.contains { $0.lowercased() == "traceparent" }
        signer = Result { () throws(InvalidWebhook) in try WebhookSigner(secrets) }
        reading = AnswerReading(url: url, headers: headers, secrets: secrets)
    }
}
