/// One of the keys that a deployment's calls may carry.
package struct DeploymentCredential: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case apiKey(SecretSource)
        case oauth2(OAuth2Client)
        /// An entry of the credentials file, `models/auth.json`, by its name.
        case named
    }

    /// What statistics, logs and events call it; unique within the deployment.
    package let name: String
    package let kind: Kind
    /// What its owner may ask of the deployment with it; for ``Kind/named`` the file's entry says it.
    package let limits: RateLimits

    package init(name: String, kind: Kind, limits: RateLimits = RateLimits()) {
        self.name = name
        self.kind = kind
        self.limits = limits
    }
}

/// Where a secret is to be found.
package enum SecretSource: Sendable, Equatable {
    case plain(SecretString)
    /// The environment variable of that name.
    case environment(String)
    /// As the registry keeps it: only processes with the sealing key can open it.
    case sealed(String)
}

/// A client of the OAuth2 client credentials grant (RFC 6749, 4.4).
package struct OAuth2Client: Sendable, Equatable {
    package let tokenURL: String
    package let clientID: String
    package let clientSecret: SecretSource
    package let scopes: [String]

    package init(tokenURL: String, clientID: String, clientSecret: SecretSource, scopes: [String] = []) {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.scopes = scopes
    }
}
