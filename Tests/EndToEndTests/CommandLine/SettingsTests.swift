import Foundation
import MoltBotConfig
import TestSupport
import Testing

/// Settings as a user meets them. `broker status` reads them and then finds no broker, which is exit status 69.
@Suite("moltbot: settings", .timeLimit(.minutes(30)))
struct SettingsTests {
    private static let file = "config/gateway.yaml"

    private func status(_ yaml: String, environment: [String: String] = [:]) async throws -> CommandRun {
        try await CommandRun.of("broker", "status", "--state-dir", "state", environment: environment, files: [Self.file: yaml])
    }

    @Test func misspeltKeyIsNamedWithItsLineAndTheRightSpelling() async throws {
        let run = try await status("worker:\n  concurency: 5\nlogg:\n  level: info\n")
        #expect(run.status == .code(78))
        #expect(run.messages.contains("config/gateway.yaml:2:3: unknown key 'concurency' in 'worker': did you mean 'concurrency'?"))
        #expect(run.messages.contains("config/gateway.yaml:3:1: unknown key 'logg': did you mean 'log'?"))
    }

    @Test func brokenYAMLIsNamedWithItsLine() async throws {
        let run = try await status("log:\n  level: [info\n")
        #expect(run.status == .code(78))
        #expect(run.messages.contains("config/gateway.yaml:3:"))
        #expect(run.messages.contains("the YAML can't be read"))
    }

    @Test func aFileThatIsNoMappingIsRefused() async throws {
        for yaml in ["- a\n- b\n", "text"] {
            let run = try await status(yaml)
            #expect(run.status == .code(78))
            #expect(run.messages.contains("config/gateway.yaml:1:1: the file is no mapping"), "\(run.messages)")
        }
    }

    @Test func anEmptyStateFolderIsNone() async throws {
        let run = try await CommandRun.of("broker", "status", "--state-dir", "")
        #expect(run.status == .code(78))
        #expect(run.messages.contains("state_dir is '' (from --state-dir): name a folder"))
    }

    @Test func valueOfTheWrongShapeIsNamedWithItsLine() async throws {
        let run = try await status("worker:\n  workspaces: acme\n  retry: 3\n")
        #expect(run.status == .code(78))
        #expect(run.messages.contains("config/gateway.yaml:2:15: worker.workspaces is a list: write [one, two]"))
        #expect(run.messages.contains("config/gateway.yaml:3:3: 'worker.retry' is a section"))
    }

    @Test func badValueNamesKeyPlaceAndRemedy() async throws {
        let inFile = try await status("worker:\n  task_timeout: soon\n")
        #expect(inFile.status == .code(78))
        #expect(inFile.messages.contains("worker.task_timeout is 'soon' (from config/gateway.yaml:2): give a number of seconds"))

        let inVariable = try await status("", environment: ["MOLTBOT_WORKER_CONCURRENCY": "0"])
        #expect(inVariable.status == .code(78))
        #expect(
            inVariable.messages.contains("worker.concurrency is '0' (from MOLTBOT_WORKER_CONCURRENCY): give a whole number, 1 to 65535"))

        let inFlag = try await CommandRun.of("broker", "status", "--state-dir", "state", "--log-level", "inf")
        #expect(inFlag.status == .code(78))
        #expect(inFlag.messages.contains("log.level is 'inf' (from --log-level)"))
        #expect(inFlag.messages.contains("did you mean 'info'?"))
    }

    @Test func environmentWinsOverFileAndFlagOverEnvironment() async throws {
        let variables = ["MOLTBOT_LOG_LEVEL": "debug"]
        let environment = try await status("log:\n  level: nonsense\n", environment: variables)
        #expect(environment.status == .code(69))
        let flag = try await CommandRun.of(
            "broker", "status", "--state-dir", "state", "--log-level", "nonsense", environment: variables)
        #expect(flag.messages.contains("(from --log-level)"))
    }

    @Test func namedFileMustExist() async throws {
        for (arguments, environment) in [(["--config", "nowhere.yaml"], [:]), ([], ["MOLTBOT_CONFIG": "nowhere.yaml"])] {
            let result = try await runToEnd(
                try BuildProducts.executable("moltbot"), ["broker", "status"] + arguments,
                environment: CommandRun.neutral.merging(environment) { _, new in new })
            #expect(result.exit == .code(78))
            #expect(result.errorOutput.contains("nowhere.yaml: the settings file can't be read"))
        }
    }

    @Test func secretsAreNotRepeatedInMessages() async throws {
        let run = try await CommandRun.of(
            "topology", "plan", environment: ["MOLTBOT_BROKER_URL": "http://user:geheim@127.0.0.1:1/"])
        #expect(run.status == .code(78))
        #expect(run.messages.contains("broker.url (from MOLTBOT_BROKER_URL)"))
        #expect(!run.messages.contains("geheim"))
    }
}

@Suite("config/gateway.yaml")
struct ExampleSettingsFileTests {
    private static func example() throws -> [String] {
        try String(contentsOfFile: BuildProducts.repository + "/config/gateway.yaml", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The file with all its examples in force.
    private static func inForce() throws -> String {
        try example().map { $0.replacing(/^( *)# ([a-z_]+:)/) { "\($0.1)\($0.2)" } }.joined(separator: "\n")
    }

    @Test func everyExampleInItIsValid() async throws {
        let run = try await CommandRun.of("broker", "status", files: ["config/gateway.yaml": Self.inForce()])
        #expect(run.status == .code(69), "\(run.messages)")
    }

    @Test func itIsWhatTheCatalogueSays() async throws {
        let run = try await CommandRun.of("config", "example")
        #expect(run.status == .code(0))
        #expect(run.output.split(separator: "\n") == (try Self.example().filter { !$0.isEmpty }).map { $0[...] })
    }

    @Test func everySettingIsInIt() async throws {
        let run = try await CommandRun.of("config", "list", "--config", "all.yaml", files: ["all.yaml": Self.inForce()])
        #expect(run.status == .code(0), "\(run.messages)")
        let lines = run.output.split(separator: "\n").dropFirst()
        #expect(lines.count == SettingKey.all.count)
        #expect(lines.allSatisfy { $0.contains("all.yaml:") })
        #expect(!run.output.contains("password"))
        #expect(!run.output.contains("sk-"))
    }
}
