import Foundation
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite("Registry: sealing")
struct SealingTests {
    private static let secret = SecretString("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    private static func key(_ byte: UInt8) throws -> MasterKey {
        try MasterKey(SecretString(Data(repeating: byte, count: 32).base64EncodedString()))
    }

    @Test func whatIsSealedCanBeOpenedAndNotRead() throws {
        let key = try Self.key(1)
        let seal = SecretSeal(MasterKeys([key]))
        let sealed = try seal.seal(Self.secret, of: .webhookEndpoint, id: "ep-1")
        #expect(sealed.hasPrefix("sealed:v1:\(key.id):"))
        #expect(!sealed.contains("whsec_"))
        #expect(try seal.open(sealed, of: .webhookEndpoint, id: "ep-1") == Self.secret)
        #expect(try seal.seal(Self.secret, of: .webhookEndpoint, id: "ep-1") != sealed)
    }

    @Test func anOlderKeyOpensAndTheCurrentOneSeals() throws {
        let (old, new) = (try Self.key(1), try Self.key(2))
        let sealed = try SecretSeal(MasterKeys([old])).seal(Self.secret, of: .apiKey, id: "a")
        let rotated = SecretSeal(MasterKeys([new, old]))
        #expect(try rotated.open(sealed, of: .apiKey, id: "a") == Self.secret)
        #expect(try rotated.seal(Self.secret, of: .apiKey, id: "a").hasPrefix("sealed:v1:\(new.id):"))
    }

    @Test func anUnknownKeyIsNamedWithTheRemedy() throws {
        let (here, there) = (try Self.key(1), try Self.key(2))
        let sealed = try SecretSeal(MasterKeys([there])).seal(Self.secret, of: .webhookEndpoint, id: "ep-1")
        let error = #expect(throws: RegistryError.self) {
            try SecretSeal(MasterKeys([here])).open(sealed, of: .webhookEndpoint, id: "ep-1")
        }
        #expect(error?.code == .unknownKey)
        #expect(error?.message.contains("webhook.endpoint ep-1 was sealed with master key \(there.id)") == true)
        #expect(error?.message.contains("this node has \(here.id)") == true)
        #expect(error?.message.contains("MOLTBOT_MASTER_KEY") == true)
        #expect(SecretSeal.keyIDs(in: ["secrets": [["secret": .string(sealed)]], "url": "https://a"]) == [there.id])
    }

    @Test func aSealedSecretIsWorthNothingInAnotherEntry() throws {
        let seal = SecretSeal(MasterKeys([try Self.key(1)]))
        let sealed = try seal.seal(Self.secret, of: .webhookEndpoint, id: "ep-1")
        for (kind, id) in [(RegistryRecord.Kind.webhookEndpoint, "ep-2"), (.deployment, "ep-1")] {
            #expect(throws: RegistryError.self) { try seal.open(sealed, of: kind, id: id) }
        }
        var changed = Array(sealed.utf8)
        changed[changed.count - 5] ^= 1
        #expect(throws: RegistryError.self) {
            try seal.open(String(decoding: changed, as: UTF8.self), of: .webhookEndpoint, id: "ep-1")
        }
        for text in ["", "plain", "sealed:v1:", "sealed:v1:12345678:", "sealed:v1:12345678:%%"] {
            #expect(throws: RegistryError.self) { try seal.open(text, of: .webhookEndpoint, id: "ep-1") }
        }
    }

    @Test func keysAreReadAsBase64OrHexadecimal() throws {
        let base64 = try Self.key(0xAB)
        #expect(try MasterKey(SecretString(String(repeating: "ab", count: 32))).id == base64.id)
        #expect(try MasterKey(SecretString(String(repeating: "AB", count: 32))).id == base64.id)
        #expect(try Self.key(0xAC).id != base64.id)
        for text in ["", "short", String(repeating: "ab", count: 31), Data(repeating: 1, count: 33).base64EncodedString()] {
            let error = #expect(throws: RegistryError.self) { try MasterKeys(SecretString(text)) }
            #expect(error?.code == .invalidKey)
            #expect(error?.message.contains("openssl rand -base64 32") == true)
        }
    }

    @Test func withoutAKeyNothingIsSealed() {
        #expect(throws: RegistryError.self) { try SecretSeal(.none).seal(Self.secret, of: .apiKey, id: "a") }
    }
}

@Suite("Registry: the key file")
struct MasterKeyFileTests {
    private static func path() async throws -> String {
        try await TestRun.makeDirectory("keys") + "/state/master.key"
    }

    @Test func itIsMadeOnceForItsOwnerAlone() async throws {
        let file = MasterKeyFile(path: try await Self.path())
        #expect(try file.read()?.ids == nil)
        let keys = try file.create()
        #expect(keys.ids.count == 1)
        #expect(try file.create().ids == keys.ids)
        #expect(try file.read()?.ids == keys.ids)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let folder = URL(filePath: file.path).deletingLastPathComponent().path
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["master.key"])
    }

    @Test func manyProcessesThatMakeItAtOnceHaveTheSameKey() async throws {
        let file = MasterKeyFile(path: try await Self.path())
        let ids = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<16 { group.addTask { try file.create().ids } }
            return try await group.reduce(into: Set<[String]>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test func aFileThatOthersCanReadIsRefused() async throws {
        let file = MasterKeyFile(path: try await Self.path())
        _ = try file.create()
        for mode in [0o644, 0o640, 0o660] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let error = #expect(throws: RegistryError.self) { try file.read() }
            #expect(error?.code == .unusableKeyFile)
            #expect(error?.message.contains("chmod 600 \(file.path)") == true)
        }
    }

    @Test func severalKeysAreOneALine() async throws {
        let file = MasterKeyFile(path: try await Self.path())
        let first = try file.create().ids
        let line = try String(contentsOfFile: file.path, encoding: .utf8)
        let handle = try #require(FileHandle(forWritingAtPath: file.path))
        try handle.write(contentsOf: Data((Data(repeating: 7, count: 32).base64EncodedString() + "\n" + line).utf8))
        try handle.close()
        let keys = try #require(try file.read())
        #expect(keys.ids.count == 2)
        #expect(keys.current.map { [$0.id] } != first)

        try Data("no key\n".utf8).write(to: URL(filePath: file.path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        let error = #expect(throws: RegistryError.self) { try file.read() }
        #expect(error?.message.contains(file.path) == true)
    }
}
