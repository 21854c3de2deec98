internal import JWTKit
internal import MoltBotCore

/// The public keys of an identity provider: a JSON Web Key Set (RFC 7517).
///
/// Keys for something else than signatures, and kinds that are unknown here, are passed over (section 5): providers publish them beside
/// those that sign.
struct TokenKeySet: Sendable {
    private let keys: [JWK]

    /// - Throws: ``APIError`` with code `invalidKeySet` when no key in it can check a token.
    init(_ text: String) throws(APIError) {
        let entries: [JSONValue]
        do {
            guard let found = try JSONValue.parse(text)["keys"]?.arrayValue else {
                throw APIError(.invalidKeySet, "the keys for tokens are no JSON Web Key Set: it has no array \"keys\"")
            }
            entries = found
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(.invalidKeySet, "the keys for tokens are no JSON Web Key Set: \(error)", cause: error)
        }
        keys = entries.compactMap(Self.signatureKey)
        guard !keys.isEmpty else {
            throw APIError(.invalidKeySet, "the key set for tokens has no key that signatures can be checked with: RSA, EC or Ed25519")
        }
    }

    /// The key that a token names, ready for the token's algorithm; nil when the set has none.
    ///
    /// A copy for each token: JWTKit's own collection keeps the algorithm of the first token for a key that names none, and then refuses
    /// the others. A token without `kid` means the one key of a set that has no other.
    func key(named name: String?, for algorithm: JWK.Algorithm) -> JWK? {
        let named = name == nil && keys.count == 1 ? keys[...] : keys.filter { $0.keyIdentifier?.string == name }[...]
        guard var key = named.first(where: { $0.algorithm.map { $0 == algorithm } ?? $0.keyType.signs(with: algorithm) }) else {
            return nil
        }
        key.algorithm = algorithm
        key.keyIdentifier = key.keyIdentifier ?? ""
        return key
    }

    /// Whether a key has this name, whatever it signs with.
    func hasKey(named name: String?) -> Bool {
        name == nil ? keys.count == 1 : keys.contains { $0.keyIdentifier?.string == name }
    }

    private static func signatureKey(_ entry: JSONValue) -> JWK? {
        guard entry["use"]?.stringValue ?? "sig" == "sig" else { return nil }
        guard let key = try? JWK(json: entry.description), key.algorithm.map({ key.keyType.signs(with: $0) }) ?? true else { return nil }
        return key
    }
}

extension JWK.KeyType {
    /// Which algorithms go with the kind of key (RFC 7518, 3.1; RFC 8037, 3.1).
    fileprivate func signs(with algorithm: JWK.Algorithm) -> Bool {
        switch self {
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512].contains(algorithm)
        case .ecdsa: [.es256, .es384, .es512].contains(algorithm)
        case .octetKeyPair: algorithm == .eddsa
        default: false
        }
    }
}
