package import MoltBotCore

/// What came of one request. Nothing in it shows a secret, a header's value or a path.
package struct SendOutcome: Sendable {
    package let answer: AttemptAnswer
    package let startedAt: Timestamp
    package let duration: Duration
    /// The beginning of the answer's body; nil without an answer.
    package let excerpt: String?
    /// Why the event counts as not delivered, for a person; nil when it is.
    package let error: String?
    /// The URL or the headers are not what may be sent: there was no request.
    package let isRefused: Bool

    package var verdict: DeliveryVerdict { DeliveryVerdict(answer) }

    /// The answer's status; nil without an answer.
    package var status: Int? {
        if case .response(let status, _, _) = answer { status } else { nil }
    }
}
