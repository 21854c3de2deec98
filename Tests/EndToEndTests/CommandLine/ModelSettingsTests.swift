import Foundation
import MoltBotConfig
import MoltBotCore
import TestSupport
import Testing

@Suite("Settings of models", .timeLimit(.minutes(30)))
struct ModelSettingsTests {
    private func load(_ yaml: String, files: [String: String] = [:]) async throws -> (Settings, WorkingFolder) {
        let folder = try await WorkingFolder(files: files.merging(["gateway.yaml": yaml]) { _, new in new })
        let authFile = ["MOLTBOT_MODELS_AUTH_FILE": files["auth.json"] == nil ? "" : folder.path + "/auth.json"]
        return (try Settings.load(flags: [], environment: authFile, file: folder.path + "/gateway.yaml"), folder)
    }

    @Test func deploymentsComeFromTheFile() async throws {
        let yaml = """
            models:
              default: gpt-4
              zone: eu
              deployments:
                - name: gpt-4
                  provider: openai
                  endpoint: http://127.0.0.1:8000/v1
                  auth: [first, second]
                  fallback: claude
                  max_tokens: 2048
                  timeout: 90s
                  limits: {rpm: 60}
                - name: claude
                  provider: anthropic
                  auth: none
                  enabled: no
            model:
              failover:
                retry_interval: 250
            """
        let (settings, _) = try await load(yaml)
        let deployments = settings.models.deployments
        #expect(deployments.map(\.name) == ["gpt-4", "claude"])
        #expect(deployments[0].credentials.map(\.name) == ["first", "second"])
        #expect(deployments[0].fallbacks.onError == ["claude"])
        #expect(deployments[0].timeout == .seconds(90))
        #expect(deployments[0].limits.requestsPerMinute == 60)
        #expect(deployments[1].credentials.isEmpty)
        #expect(!deployments[1].isEnabled)
        #expect(settings.models.zone == "eu")
        #expect(settings.models.failover.isEnabled)
        #expect(settings.models.failover.retryInterval == .milliseconds(250))
        #expect(settings.text(of: .modelDeployments) == "gpt-4, claude")
    }

    @Test func theSectionMayBeTheListItself() async throws {
        let (settings, _) = try await load("models:\n  - {name: local, provider: ollama}\n")
        #expect(settings.models.deployments.map(\.name) == ["local"])
    }

    @Test func mistakesInDeploymentsAreNamedWithTheirLine() async throws {
        let yaml = """
            models:
              deployments:
                - name: a
                  provider: opnai
                - name: b
                  provider: openai
                  limits:
                    rpm: many
                - name: b
                  provider: openai
                  wieght: 3
            """
        let run = try await CommandRun.of("config", "list", files: ["config/gateway.yaml": yaml])
        #expect(run.status == .code(78))
        for part in [
            "config/gateway.yaml:4:17: models.deployments[0].provider: \"opnai\" is unknown; did you mean \"openai\"?",
            "config/gateway.yaml:8:14: models.deployments[1].limits.rpm: expected a whole number",
            "config/gateway.yaml:11:15: models.deployments[2].wieght: unknown field; did you mean \"weight\"?",
        ] { #expect(run.messages.contains(part), "\(run.messages)") }
    }

    @Test func twoDeploymentsNeedTwoNames() async throws {
        let yaml = "models:\n  - {name: a, provider: openai}\n  - {name: a, provider: openai}\n"
        let run = try await CommandRun.of("config", "list", files: ["config/gateway.yaml": yaml])
        #expect(run.status == .code(78))
        #expect(run.messages.contains("config/gateway.yaml:3:5: models.deployments[1].name: \"a\" is the name of two"), "\(run.messages)")
    }

    @Test func credentialsAreReadOnlyWhenNobodyElseCan() async throws {
        let auth = #"{"first": "sk-geheim"}"#
        let (settings, folder) = try await load("models:\n  - {name: a, provider: openai, auth: first}\n", files: ["auth.json": auth])
        let path = folder.path + "/auth.json"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let open = #expect(throws: SettingsError.self) { try settings.models.credentials() }
        #expect(open?.message.contains("run chmod 600") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try settings.models.credentials()["first"]?.kind == .apiKey(.plain(SecretString("sk-geheim"))))
    }

    @Test func aKeyThatTheFileLacksIsNamed() async throws {
        let (settings, folder) = try await load(
            "models:\n  - {name: a, provider: openai, auth: frist}\n", files: ["auth.json": #"{"first": "sk-geheim"}"#])
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path + "/auth.json")
        let error = #expect(throws: SettingsError.self) { try settings.models.credentials() }
        #expect(error?.message.contains("has no entry \"frist\"; did you mean \"first\"?") == true)
    }

    @Test func pricesOfAFileGoFirst() async throws {
        let prices = #"{"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 1, "output_cost_per_token": 2}}"#
        let folder = try await WorkingFolder(files: ["prices.json": prices])
        let settings = try Settings.load(
            flags: [], environment: ["MOLTBOT_MODELS_PRICE_FILE": folder.path + "/prices.json"], file: nil)
        let table = try settings.models.prices()
        #expect(table.entry(of: "gpt-4o", at: .openAI)?.prices.cost(of: Usage(inputTokens: 3)) == 3.0)
        #expect(table.entry(of: "gpt-4o-mini", at: .openAI) != nil)
    }

    @Test func changesOfTheFileAreSeen() async throws {
        let (settings, folder) = try await load("models:\n  default: one\n")
        let changes = try FileChanges.stream(of: [folder.path + "/gateway.yaml"])
        let path = folder.path + "/gateway.yaml"
        // As editors do it: a new file takes the place of the old one.
        try "models:\n  default: two\n".write(toFile: path, atomically: true, encoding: .utf8)
        for await _ in changes where (try? settings.readAgain().models.defaultModel) == "two" { break }
        try "models:\n  defalt: three\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: SettingsError.self) { try settings.readAgain() }
        #expect(settings.models.defaultModel == "one", "what was read stays as it was")
    }

    @Test func changesAreSeenInTheFolderThatHasTakenThePlaceOfAnother() async throws {
        let (_, folder) = try await load("models:\n  default: one\n", files: ["settings/gateway.yaml": "old", "new/gateway.yaml": "new"])
        let path = folder.path + "/settings/gateway.yaml"
        let changes = try FileChanges.stream(of: [path])
        try FileManager.default.moveItem(atPath: folder.path + "/settings", toPath: folder.path + "/away")
        try FileManager.default.moveItem(atPath: folder.path + "/new", toPath: folder.path + "/settings")
        for await _ in changes where FileChanges.content(of: path) == Array("new".utf8) { break }
        try "newer".write(toFile: path, atomically: true, encoding: .utf8)
        for await _ in changes where FileChanges.content(of: path) == Array("newer".utf8) { break }
    }
}
