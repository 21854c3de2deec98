internal import Crypto
package import MoltBotCore

/// An access key as it is stored: everything but the key itself, of which only a hash is kept.
package struct AccessKey: Sendable, Equatable {
    /// The visible part of the key behind `mb_`; names it in lists.
    package let id: String
    package let workspace: Workspace
    /// What a person calls it.
    package let name: String
    package let scopes: Set<Scope>
    package let createdAt: Timestamp
    /// A revoked key stays listed, and goes on to mean that this MoltBot is not open to all.
    package var revokedAt: Timestamp?
    /// SHA-256 of the whole key. It has 256 random bits: nothing slower is needed.
    let digest: [UInt8]

    package var isValid: Bool { revokedAt == nil }
    /// As it is shown to people.
    package var prefix: String { AccessKeyText.prefix + id }

    /// Makes a new key.
    /// - Returns: the stored form, and the key, which is shown once and never again.
    package static func make(
        name: String, workspace: Workspace, scopes: Set<Scope>, at time: Timestamp = .now()
    ) -> (stored: AccessKey, key: SecretString) {
        let text = AccessKeyText()
        let stored = AccessKey(
            id: text.id, workspace: workspace, name: name, scopes: scopes, createdAt: time, revokedAt: nil, digest: text.digest)
        return (stored, text.secret)
    }

    /// Whether this is the key, in a time that says nothing about how much of it is right.
    func matches(_ text: AccessKeyText) -> Bool {
        let given = text.digest
        guard given.count == digest.count else { return false }
        return zip(given, digest).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension AccessKey {
    /// The key as an entry of the registry.
    package var record: RegistryRecord {
        var value: [String: JSONValue] = [
            "name": .string(name), "sha256": .string(Hexadecimal.text(of: digest)),
            "scopes": .array(scopes.map(\.rawValue).sorted().map { .string($0) }), "created_at": .string(createdAt.rfc3339),
        ]
        if let revokedAt { value["revoked_at"] = .string(revokedAt.rfc3339) }
        return RegistryRecord(kind: .apiKey, id: id, workspace: workspace, value: .object(value))
    }

    /// Nil for an entry that is no key this version can read: such a key opens nothing.
    package init?(_ record: RegistryRecord) {
        guard record.kind == .apiKey, let value = record.value, let name = value["name"]?.stringValue,
            let digest = value["sha256"]?.stringValue.flatMap(Hexadecimal.bytes), digest.count == SHA256.byteCount,
            let createdAt = value["created_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        id = record.id
        workspace = record.workspace
        self.name = name
        self.digest = digest
        self.createdAt = createdAt
        // Scopes of later versions are unknown here, and give nothing.
        scopes = Set((value["scopes"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { Scope(rawValue: $0) } })
        // Also when the time can't be read: what says that it was revoked counts.
        revokedAt = value["revoked_at"].map { $0.stringValue.flatMap { Timestamp(rfc3339: $0) } ?? createdAt }
    }
}
