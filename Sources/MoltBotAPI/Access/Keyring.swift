internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// The keys that open this node, kept up to date by the registry.
final class Keyring: Sendable {
    private struct State {
        var keys: [String: AccessKey] = [:]
        /// Ids of entries that are no readable key. They open nothing, and somebody meant them to close something.
        var unreadable: Set<String> = []
    }

    private let state = Mutex(State())
    private let loaded = Milestone<Void>()

    /// True when no key was ever made.
    var isEmpty: Bool { state.withLock { $0.keys.isEmpty && $0.unreadable.isEmpty } }

    /// Returns once all keys are known that were there at the start.
    func waitUntilLoaded() async throws { try await loaded.value() }

    /// The caller that a key names; nil when it opens nothing.
    func caller(_ text: String) -> Caller? {
        guard let text = AccessKeyText(text), let key = state.withLock({ $0.keys[text.id] }), key.matches(text), key.isValid else {
            return nil
        }
        return Caller(name: key.prefix, workspace: key.workspace, scopes: key.scopes, grant: .key(id: key.id))
    }

    /// Whether the key with this id still opens what it opened.
    func isValid(_ id: String) -> Bool { state.withLock { $0.keys[id]?.isValid == true } }

    /// Takes what has changed in the registry. The first call has all keys that there are.
    func apply(_ records: [RegistryRecord]) {
        defer { loaded.reach(()) }
        state.withLock { state in
            for record in records where record.kind == .apiKey {
                state.keys[record.id] = AccessKey(record)
                if record.value == nil || state.keys[record.id] != nil {
                    state.unreadable.remove(record.id)
                } else {
                    state.unreadable.insert(record.id)
                }
            }
        }
    }
}
