package import MoltBotCore
package import MoltBotMessaging

/// The access keys in the registry, for those who hand them out.
package struct AccessKeys: Sendable {
    private let registry: Registry

    package init(_ session: BrokerSession) {
        registry = Registry(session)
    }

    /// All keys, revoked ones too, the newest last.
    /// - Throws: ``AMQPError``.
    package func all() async throws -> [AccessKey] {
        Self.keys(in: try await registry.snapshot(of: [.apiKey]))
    }

    /// Makes a key and stores its hash.
    /// - Returns: the stored form, and the key, which cannot be read again.
    package func create(name: String, workspace: Workspace, scopes: Set<Scope>) async throws -> (stored: AccessKey, key: SecretString) {
        let made = AccessKey.make(name: name, workspace: workspace, scopes: scopes)
        let record = made.stored.record
        try await registry.change([.apiKey]) { _ in [record] }
        return made
    }

    /// The id that a person gives: by itself, with `mb_` before it, as lists show it, or the whole key, which may be all that is known of
    /// one that has leaked.
    package static func id(in text: String) -> String {
        if let key = AccessKeyText(text) { return key.id }
        let id = text.hasPrefix(AccessKeyText.prefix) ? text.dropFirst(AccessKeyText.prefix.count) : text[...]
        return String(id.hasSuffix("...") ? id.dropLast(3) : id)
    }

    /// Ends keys, named as ``id(in:)`` takes them. All nodes know within milliseconds.
    /// - Returns: the revoked ones; an id that is missing there names no key.
    package func revoke(_ ids: [String]) async throws -> [AccessKey] {
        let names = Set(ids.map(Self.id))
        let state = try await registry.change([.apiKey]) { state in
            Self.keys(in: state).filter { names.contains($0.id) && $0.isValid }.map { key in
                var key = key
                key.revokedAt = .now()
                return key.record
            }
        }
        return Self.keys(in: state).filter { names.contains($0.id) }
    }

    private static func keys(in state: RegistryState) -> [AccessKey] {
        state.records(of: .apiKey).compactMap { AccessKey($0) }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }
}
