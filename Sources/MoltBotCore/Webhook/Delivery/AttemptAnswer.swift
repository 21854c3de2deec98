/// What came of one attempt, as far as it decides what happens next.
package enum AttemptAnswer: Sendable, Equatable {
    /// There was an answer; its body does not matter.
    case response(status: Int, retryAfter: Duration?, directive: DeliveryDirective?)
    /// No answer within the time for it.
    case timeout
    /// No connection, no TLS, no HTTP, or it broke off.
    case failure
}

/// What a receiver asks for in the response header `webhook-delivery`, after Svix.
package enum DeliveryDirective: String, Sendable, CaseIterable {
    /// Send nothing more to this endpoint.
    case disable
    /// Do not send this message again.
    case abortMessage = "abort-message"

    /// Nil for other words, which are ignored.
    package init?(header: String) {
        self.init(rawValue: header.lowercased())
    }
}
