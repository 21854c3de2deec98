package import MoltBotCore

/// A client that gets tokens for itself: the client credentials grant (RFC 6749, 4.4).
package struct OAuth2Settings: Sendable, Equatable {
    /// Where the client's id and secret go in the token request (RFC 6749, 2.3.1).
    package enum ClientAuthentication: String, Sendable, CaseIterable {
        /// `Authorization: Basic`, which every server has to take.
        case basic
        /// Members of the body, which many servers want instead.
        case body
    }

    package var tokenURL: String
    package var clientID: String
    package var clientSecret: SecretString
    package var scopes: [String]
    package var clientAuthentication: ClientAuthentication
    /// How long before its end a token is replaced; at most half of its life.
    package var margin: Duration
    /// For one token request.
    package var timeout: Duration

    package init(
        tokenURL: String, clientID: String, clientSecret: SecretString, scopes: [String] = [],
        clientAuthentication: ClientAuthentication = .basic, margin: Duration = .seconds(60), timeout: Duration = .seconds(10)
    ) {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.scopes = scopes
        self.clientAuthentication = clientAuthentication
        self.margin = margin
        self.timeout = timeout
    }
}
