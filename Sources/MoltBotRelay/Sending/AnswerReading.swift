internal import CurlHTTP
internal import MoltBotCore
internal import NIOCore

/// Turns what libcurl brings into what is kept of an attempt, without the target's secrets.
struct AnswerReading {
    static let excerptBytes = 1024
    /// Shorter values hide nothing, and taking them out would leave holes all over the text.
    private static let shortestSecret = 8

    private let hidden: [SecretString]

    init(url: String, headers: [String: SecretString], secrets: [WebhookSecret]) {
        // `Bearer <token>` may come back as the token alone.
        let values = headers.values.flatMap { value in
            [value] + value.reveal().split(separator: " ").map { SecretString(String($0)) }
        }
        hidden = (values + secrets.map(\.text) + Self.resource(of: url))
            .filter { $0.reveal().utf8.count >= Self.shortestSecret }
    }

    func read(_ response: HTTPResponse, now: Timestamp) -> (AttemptAnswer, String?, String?) {
        let answer = AttemptAnswer.response(
            status: response.status, retryAfter: response.headers["retry-after"].flatMap { RetryAfterField.wait($0, now: now) },
            directive: response.headers["webhook-delivery"].flatMap(DeliveryDirective.init(header:)))
        return (answer, excerpt(of: response.body), Self.error(answer, response.status))
    }

    func read(_ error: HTTPError) -> (AttemptAnswer, String?, String?) {
        if error.code.timeoutPhase != nil { return (.timeout, nil, redacted(error.message)) }
        if error.code == .addressDenied {
            let remedy = "if it is meant to be reached, add its network to relay.allowed_networks"
            return (.failure, nil, "\(redacted(error.message)): the host is not at a public address; \(remedy)")
        }
        return (.failure, nil, redacted(error.message))
    }

    private static func error(_ answer: AttemptAnswer, _ status: Int) -> String? {
        switch (DeliveryVerdict(answer), status) {
        case (.delivered, _), (.disable(_, isDelivered: true), _): nil
        case (.disable(.gone, _), _): "status 410: the receiver is gone"
        case (.disable(.requested, _), _): "status \(status), and the receiver wants no more: webhook-delivery: disable"
        case (.abort, _): "status \(status), and the receiver does not want this event: webhook-delivery: abort-message"
        case (.retry, 300...399): "status \(status): redirects are not followed; give the address it leads to as the URL"
        case (.retry, _): "status \(status)"
        }
    }

    /// Whole characters only, and secrets taken out before the cut: what is left of one behind it would show its beginning.
    private func excerpt(of body: ByteBuffer) -> String {
        let text = redacted(String(decoding: body.readableBytesView, as: UTF8.self))
        guard text.utf8.count > Self.excerptBytes else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: Self.excerptBytes)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    private func redacted(_ text: String) -> String {
        // Most answers are too short to have a secret in them.
        guard text.utf8.count >= Self.shortestSecret else { return text }
        return hidden.reduce(text) { $1.redacted(from: $0) }
    }

    /// The URL's path and query: services such as chats put the token that admits a sender there.
    private static func resource(of url: String) -> [SecretString] {
        guard let separator = url.firstRange(of: "://") else { return [] }
        let resource = url[separator.upperBound...].drop { $0 != "/" && $0 != "?" }
        return resource.split(separator: "?", maxSplits: 1).map { SecretString(String($0)) }
    }
}
