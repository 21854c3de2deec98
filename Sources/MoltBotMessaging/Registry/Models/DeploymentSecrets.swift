internal import MoltBotCore

/// The keys in a deployment's document, wherever it may state them: `api_key`, alone or as a list, and in each of `credentials`
/// `api_key` and `client_secret`. `{"env": ...}` is no secret.
enum DeploymentSecrets {
    private static let fields: Set<String> = ["api_key", "client_secret"]

    /// Whether there is a key in the clear.
    static func areOpen(in document: JSONValue) -> Bool {
        switch document {
        case .object(let members): members.contains { fields.contains($0.key) ? isOpen($0.value) : areOpen(in: $0.value) }
        case .array(let elements): elements.contains { areOpen(in: $0) }
        default: false
        }
    }

    /// The document with its keys sealed.
    /// - Throws: ``RegistryError`` with code `noKey`.
    static func seal(_ document: JSONValue, of name: String, with seal: SecretSeal) throws(RegistryError) -> JSONValue {
        switch document {
        case .object(let members):
            var sealed = members
            for (field, value) in members {
                sealed[field] =
                    fields.contains(field) ? try sealKeys(value, of: name, with: seal) : try self.seal(value, of: name, with: seal)
            }
            return .object(sealed)
        case .array(let elements):
            var sealed: [JSONValue] = []
            for element in elements { sealed.append(try self.seal(element, of: name, with: seal)) }
            return .array(sealed)
        default: return document
        }
    }

    private static func isOpen(_ value: JSONValue) -> Bool {
        switch value {
        case .string: SecretSeal.keyIDs(in: value).isEmpty
        case .array(let elements): elements.contains { isOpen($0) }
        default: false
        }
    }

    private static func sealKeys(_ value: JSONValue, of name: String, with seal: SecretSeal) throws(RegistryError) -> JSONValue {
        switch value {
        case .string(let text) where isOpen(value): return .string(try seal.seal(SecretString(text), of: .deployment, id: name))
        case .array(let elements):
            var sealed: [JSONValue] = []
            for element in elements { sealed.append(try sealKeys(element, of: name, with: seal)) }
            return .array(sealed)
        default: return value
        }
    }
}
