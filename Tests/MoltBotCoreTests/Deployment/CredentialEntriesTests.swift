import MoltBotCore
import Testing

@Suite("Credentials file")
struct CredentialEntriesTests {
    @Test("A key alone, a key from the environment, and an OAuth2 client")
    func entries() throws {
        let entries = try CredentialEntries([
            "openai": "sk-1", "backup": ["api_key": ["env": "BACKUP_KEY"]],
            "corp": ["token_url": "https://login.example.org/token", "client_id": "me", "client_secret": "s3cret", "scopes": ["llm"]],
        ])
        #expect(entries.names == ["backup", "corp", "openai"])
        #expect(entries["openai"]?.kind == .apiKey(.plain(SecretString("sk-1"))))
        #expect(entries["backup"]?.kind == .apiKey(.environment("BACKUP_KEY")))
        let client = OAuth2Client(
            tokenURL: "https://login.example.org/token", clientID: "me", clientSecret: .plain(SecretString("s3cret")), scopes: ["llm"])
        #expect(entries["corp"]?.kind == .oauth2(client))
        #expect(entries["nobody"] == nil)
        #expect("\(entries)".contains("s3cret") == false)
    }

    @Test("Mistakes are named by entry and field, without the secret")
    func mistakes() {
        let error = #expect(throws: InvalidDeployment.self) {
            try CredentialEntries(["a": ["api_kye": "sk-hidden"], "b": 3, "c": "sk hidden"])
        }
        let text = error?.description ?? ""
        #expect(text.contains("a: give \"api_key\""))
        #expect(text.contains("b: expected an object"))
        #expect(text.contains("c.api_key: expected a key"))
        #expect(text.contains("hidden") == false)
    }
}
