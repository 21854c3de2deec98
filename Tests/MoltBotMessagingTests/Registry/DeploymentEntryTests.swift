import MoltBotCore
import MoltBotMessaging
import Testing

@Suite("Deployments in the registry")
struct DeploymentEntryTests {
    private let seal = SecretSeal(MasterKeys([MasterKey()]))
    private let value: JSONValue = [
        "name": "gpt-4-eu", "model": "gpt-4", "provider": "openai", "api_key": ["sk-first", ["env": "SECOND_KEY"]],
        "credentials": [
            ["name": "corp", "token_url": "https://login.example.org/t", "client_id": "me", "client_secret": "s3cret"]
        ],
    ]

    @Test("What is stored has no secret in the clear, and can be opened again")
    func sealed() throws {
        let record = try DeploymentEntry(value).record(sealedBy: seal)
        #expect(record.kind == .deployment)
        #expect(record.id == "gpt-4-eu")
        let text = record.value?.description ?? ""
        #expect(!text.contains("sk-first") && !text.contains("s3cret"))
        #expect(text.contains("SECOND_KEY"))
        let stored = try DeploymentEntry(record).deployment
        guard case .apiKey(.sealed(let key)) = stored.credentials.first(where: { $0.name == "key" })?.kind else {
            Issue.record("the key is not sealed")
            return
        }
        #expect(try seal.open(key, of: .deployment, id: "gpt-4-eu").reveal() == "sk-first")
    }

    @Test("A change keeps the sealed secrets as they are, without a master key")
    func changed() throws {
        let stored = try DeploymentEntry(try DeploymentEntry(value).record(sealedBy: seal))
        let changed = try stored.with("enabled", false)
        #expect(!changed.deployment.isEnabled)
        #expect(!changed.hasPlainSecrets)
        let again = try changed.record(sealedBy: SecretSeal(.none))
        #expect(again.value?["api_key"] == (try stored.record(sealedBy: SecretSeal(.none))).value?["api_key"])
    }

    @Test("Nobody is shown a secret, sealed or not")
    func shown() throws {
        for entry in [try DeploymentEntry(value), try DeploymentEntry(try DeploymentEntry(value).record(sealedBy: seal))] {
            #expect(entry.publicValue["api_key"] == ["***", ["env": "SECOND_KEY"]])
            #expect(entry.publicValue["credentials"]?[0]?["client_secret"] == "***")
            #expect(!entry.publicValue.description.contains("sealed"))
        }
    }

    /// It would be sent to wherever the workspace says.
    @Test(
        "A workspace's deployment cannot name a secret of the operator",
        arguments: [
            ["auth": "openai"], ["api_key": ["env": "MOLTBOT_MASTER_KEY"]], ["api_key": ["sk-own", ["env": "SECOND_KEY"]]],
            ["credentials": [["name": "a", "api_key": ["env": "SECOND_KEY"]]]],
            [
                "credentials": [
                    ["name": "a", "token_url": "https://a.example.org", "client_id": "b", "client_secret": ["env": "SECOND_KEY"]]
                ]
            ],
        ] as [[String: JSONValue]])
    func secretOfTheOperator(credentials: [String: JSONValue]) throws {
        let members: [String: JSONValue] = ["name": "own", "provider": "openai-compatible", "base_url": "https://a.example.org/v1"]
        let value = JSONValue.object(members.merging(credentials) { $1 })
        let workspace = try #require(Workspace("acme"))
        #expect(throws: Never.self) { try DeploymentEntry(value) }
        let error = #expect(throws: InvalidDeployment.self) { try DeploymentEntry(value, workspace: workspace) }
        #expect(error?.problems.first?.message.contains("is the operator's") == true)
        // Nor can whoever writes to the registry's stream.
        var record = try DeploymentEntry(value).record(sealedBy: seal)
        record.workspace = workspace
        #expect(throws: InvalidDeployment.self) { try DeploymentEntry(record) }
        #expect(throws: Never.self) {
            try DeploymentEntry(.object(members.merging(["api_key": "sk-own", "auth": "none"]) { $1 }), workspace: workspace)
        }
    }

    @Test("An entry under another name is refused")
    func otherName() throws {
        var record = try DeploymentEntry(value).record(sealedBy: seal)
        record.id = "other"
        #expect(throws: InvalidDeployment.self) { try DeploymentEntry(record) }
    }
}
