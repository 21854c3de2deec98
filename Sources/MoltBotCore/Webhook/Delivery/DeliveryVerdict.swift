/// What one attempt means for its delivery and its endpoint.
package enum DeliveryVerdict: Sendable, Equatable {
    /// Why an endpoint gets nothing more.
    package enum DisableReason: String, Sendable {
        /// It answered 410 Gone.
        case gone
        /// It answered `webhook-delivery: disable`.
        case requested
    }

    case delivered
    /// To be tried again as the schedule says, but not before `minimum` is over. `pausesEndpoint`: nothing else goes there before, either.
    case retry(atLeast: Duration?, pausesEndpoint: Bool)
    /// The receiver does not want the message: it has failed for good.
    case abort
    case disable(DisableReason, isDelivered: Bool)

    /// The wait after a timeout, or a 429 that does not say how long, when the schedule's own would be shorter. Svix's number: whoever is
    /// overwhelmed is not helped by the same request 5 s later.
    package static let reliefTime = Duration.seconds(60)

    /// 2xx alone is success. Everything else is tried again, client errors too: most of them are a receiver's deployment gone wrong. A
    /// redirect is a failure like others and is not followed, since nobody vouches for its target.
    package init(_ answer: AttemptAnswer) {
        switch answer {
        case .timeout:
            self = .retry(atLeast: Self.reliefTime, pausesEndpoint: false)
        case .failure:
            self = .retry(atLeast: nil, pausesEndpoint: false)
        case .response(let status, let retryAfter, let directive):
            self.init(status: status, retryAfter: retryAfter, directive: directive)
        }
    }

    private init(status: Int, retryAfter: Duration?, directive: DeliveryDirective?) {
        let isDelivered = (200...299).contains(status)
        switch (directive, status) {
        case (.disable, _):
            self = .disable(.requested, isDelivered: isDelivered)
        case (_, 200...299):
            self = .delivered
        case (.abortMessage, _):
            self = .abort
        case (nil, 410):
            self = .disable(.gone, isDelivered: false)
        case (nil, 429):
            self = .retry(atLeast: retryAfter ?? Self.reliefTime, pausesEndpoint: true)
        case (nil, _):
            self = .retry(atLeast: retryAfter, pausesEndpoint: retryAfter != nil)
        }
    }
}
