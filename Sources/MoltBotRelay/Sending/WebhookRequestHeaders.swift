internal import CurlHTTP
internal import MoltBotCore
internal import NIOCore

/// The headers of one request: Standard Webhooks 1.0.0, CloudEvents 1.0 in HTTP's binary mode, and the receiver's own.
enum WebhookRequestHeaders {
    static func headers(
        for webhook: OutgoingWebhook, to target: WebhookTarget, at time: Timestamp
    ) throws(InvalidWebhook) -> HTTPHeaders {
        let signer = try target.signer.get()
        var headers: HTTPHeaders = [
            "content-type": "application/json",
            "webhook-id": webhook.id,
            "webhook-timestamp": "\(time.secondsSinceEpoch)",
            "ce-specversion": "1.0",
            "ce-id": escaped(webhook.id),
            "ce-source": escaped(webhook.source),
            "ce-type": escaped(webhook.type),
            "ce-time": webhook.time.rfc3339,
        ]
        let signature = webhook.body.withUnsafeReadableBytes { signer.signature(id: webhook.id, time: time, body: $0) }
        if let signature { headers.add(name: "webhook-signature", value: signature) }
        if let traceparent = webhook.traceparent, !target.hasOwnTrace {
            headers.add(name: "traceparent", value: traceparent)
        }
        for (name, value) in target.headers { headers.add(name: name, value: value.reveal()) }
        return headers
    }

    /// Percent-encodes what the CloudEvents HTTP binding says (3.1.3.2): everything but visible ASCII, and of that `"` and `%`.
    private static func escaped(_ text: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "%")
        }
        guard !text.utf8.allSatisfy(isPlain) else { return text }
        return text.utf8.reduce(into: "") { escaped, byte in
            if isPlain(byte) {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                escaped += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
