import MoltBotCore
import Testing

@testable import MoltBotAPI

@Suite("An access key")
struct AccessKeyTests {
    @Test("is stored as a hash, and opens with the key alone")
    func hash() throws {
        let (stored, key) = AccessKey.make(name: "ci", workspace: .default, scopes: [.submit])
        let text = try #require(AccessKeyText(key.reveal()))
        #expect(stored.matches(text))
        #expect(key.reveal().hasPrefix(stored.prefix))
        #expect(!stored.record.value.debugDescription.contains(key.reveal().dropFirst(11)))
        #expect(!stored.matches(AccessKeyText()))
        #expect(AccessKey(stored.record) == stored)
    }

    @Test("has 256 random bits behind its name", arguments: ["", "mb_", "mb_12", "sk-1234", "mb_" + String(repeating: "g", count: 72)])
    func malformed(text: String) {
        #expect(AccessKeyText(text) == nil)
    }

    @Test("opens nothing once revoked, and the keyring stays closed")
    func revoked() throws {
        let keyring = Keyring()
        #expect(keyring.isEmpty)
        var (stored, key) = AccessKey.make(name: "ci", workspace: .default, scopes: [.read])
        keyring.apply([stored.record])
        #expect(
            keyring.caller(key.reveal()) == Caller(name: stored.prefix, workspace: .default, scopes: [.read], grant: .key(id: stored.id)))
        stored.revokedAt = .now()
        keyring.apply([stored.record])
        #expect(keyring.caller(key.reveal()) == nil)
        #expect(!keyring.isEmpty)
    }

    @Test("that can't be read keeps the keyring closed")
    func unreadable() {
        let keyring = Keyring()
        keyring.apply([RegistryRecord(kind: .apiKey, id: "x", workspace: .default, value: ["name": "broken"])])
        #expect(!keyring.isEmpty)
    }
}
