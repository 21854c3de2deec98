/// Why a token opens nothing.
enum TokenRefusal: Error, Equatable {
    case malformed
    case unsigned
    /// The identity provider publishes no such key.
    case unknownKey
    case wrongSignature
    case expired
    case notYetValid
    case otherIssuer
    case otherAudience
    case withoutWorkspace
    /// No keys could be read so far, so nothing is known about the token.
    case keysMissing
}

extension TokenRefusal {
    /// What is wrong, for the person who sent it. What a token says is repeated to nobody.
    var detail: String {
        switch self {
        case .malformed: "The token is no JSON Web Token with a time of expiry."
        case .unsigned: "The token is not signed with an algorithm that is taken here."
        case .unknownKey: "The token is signed with a key that the identity provider does not publish."
        case .wrongSignature: "The token's signature is wrong."
        case .expired: "The token has expired."
        case .notYetValid: "The token is not valid yet."
        case .otherIssuer: "The token is from another issuer than the one that this server trusts."
        case .otherAudience: "The token is not meant for this server: its audience is another one."
        case .withoutWorkspace: "The token does not name a workspace in its claim \"workspace\"."
        case .keysMissing: "The keys of the identity provider could not be read yet."
        }
    }
}
