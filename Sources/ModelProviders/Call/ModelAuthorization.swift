package import MoltBotCore

/// How one call proves who pays for it: a value of the call, because several keys serve one endpoint and are changed between attempts.
package enum ModelAuthorization: Sendable, Equatable {
    /// Nothing is sent, as endpoints of an intranet want it.
    case none
    /// In the header that the provider has for keys: `x-api-key`, `x-goog-api-key`, `api-key`, or as a bearer token.
    case apiKey(SecretString)
    /// `Authorization: Bearer`, as OAuth2 tokens are sent everywhere.
    case bearer(SecretString)

    /// What no error may show.
    package var secret: SecretString? {
        switch self {
        case .none: nil
        case .apiKey(let secret), .bearer(let secret): secret
        }
    }
}
