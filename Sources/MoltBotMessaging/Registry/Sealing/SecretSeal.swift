internal import Crypto
package import MoltBotCore

/// Seals the secrets of registry entries, so that neither the broker nor a backup of it has them in the clear.
///
/// AES-256-GCM with a random nonce; the text is `sealed:v1:<key id>:<base64 of nonce, ciphertext and tag>`. The entry's kind and id are
/// authenticated along, so that a sealed text is worth nothing in another entry.
package struct SecretSeal: Sendable {
    private static let prefix = "sealed:v1:"

    private let keys: MasterKeys

    package init(_ keys: MasterKeys) {
        self.keys = keys
    }

    /// - Throws: ``RegistryError`` of code `noKey`.
    package func seal(_ secret: SecretString, of kind: RegistryRecord.Kind, id: String) throws(RegistryError) -> String {
        guard let key = keys.current else {
            throw RegistryError(.noKey, "there is no master key to seal secrets with: set MOLTBOT_MASTER_KEY, or registry.key_file")
        }
        do {
            let box = try AES.GCM.seal(Array(secret.reveal().utf8), using: key.symmetric, authenticating: Self.context(kind, id))
            return "\(Self.prefix)\(key.id):\(Base64.encode(Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)))"
        } catch {
            throw RegistryError(.noKey, "a secret could not be sealed with master key \(key.id): \(error)", cause: error)
        }
    }

    /// - Throws: ``RegistryError`` of code `unknownKey` or `damagedSecret`, naming the entry and the key.
    package func open(_ text: String, of kind: RegistryRecord.Kind, id: String) throws(RegistryError) -> SecretString {
        guard let keyID = Self.keyID(of: text), let bytes = Base64.decode(text.dropFirst(Self.prefix.count + keyID.count + 1))
        else {
            throw RegistryError(.damagedSecret, "\(kind.rawValue) \(id): a secret is not in the form sealed:v1:<key id>:<base64>")
        }
        guard let key = keys[keyID] else {
            let known = keys.ids.isEmpty ? "none" : keys.ids.joined(separator: ", ")
            throw RegistryError(
                .unknownKey,
                "\(kind.rawValue) \(id) was sealed with master key \(keyID), and this node has \(known): give it that key with "
                    + "MOLTBOT_MASTER_KEY, or as a line of the key file, behind its own one")
        }
        do {
            let opened = try AES.GCM.open(
                try AES.GCM.SealedBox(combined: bytes), using: key.symmetric, authenticating: Self.context(kind, id))
            return SecretString(String(decoding: opened, as: UTF8.self))
        } catch {
            throw RegistryError(
                .damagedSecret,
                "\(kind.rawValue) \(id): a secret was changed after it was sealed, or belongs to another entry; set it anew",
                cause: error)
        }
    }

    /// The ids of the master keys that a value's secrets were sealed with.
    package static func keyIDs(in value: JSONValue) -> Set<String> {
        switch value {
        case .string(let text): keyID(of: text).map { [$0] } ?? []
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(keyIDs(in: $1)) }
        case .object(let members): members.values.reduce(into: []) { $0.formUnion(keyIDs(in: $1)) }
        default: []
        }
    }

    /// Whether a text is, or claims to be, a sealed secret.
    package static func isSealed(_ text: String) -> Bool { text.hasPrefix(prefix) }

    private static func keyID(of text: String) -> String? {
        guard text.hasPrefix(prefix), let colon = text.dropFirst(prefix.count).firstIndex(of: ":") else { return nil }
        return String(text.dropFirst(prefix.count)[..<colon])
    }

    private static func context(_ kind: RegistryRecord.Kind, _ id: String) -> [UInt8] {
        Array("\(kind.rawValue)/\(id)".utf8)
    }
}
