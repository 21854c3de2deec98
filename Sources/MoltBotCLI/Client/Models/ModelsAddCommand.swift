import ArgumentParser
import Foundation
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot models add`
struct ModelsAddCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a deployment; every worker knows it within a second.",
        discussion: """
            What the options can't say, a JSON file can: --from takes an object with the
            members that the settings file has. Options go before it.

            EXAMPLES
              moltbot models add local --provider vllm --base-url http://10.0.0.5:8000/v1
              moltbot models add claude --provider anthropic --provider-model claude-sonnet-4-5 \\
                --api-key-file key.txt --fallback gpt-4
              moltbot models add claude --replace --from claude.json
            """)

    @Argument(help: "The deployment's name.")
    var name: String

    @OptionGroup(title: "Deployment") var options: DeploymentOptions

    @Option(help: ArgumentHelp("Read members from this JSON file, or from standard input for -.", valueName: "file"))
    var from: String?

    @Option(
        help: ArgumentHelp("Whose tasks it serves; default everybody's.", valueName: "workspace"),
        transform: {
            guard let workspace = Workspace($0) else { throw ValidationError("expected \(Workspace.rule), got '\($0)'") }
            return workspace
        })
    var workspace: Workspace?

    @Flag(help: "Replace an entry of the same name.")
    var replace = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        var members = try from.map(Self.members) ?? [:]
        members.merge(try options.members()) { _, option in option }
        members["name"] = .string(name)
        let entry = try DeploymentEntry(.object(members), workspace: workspace ?? .default)
        let (settings, replaces) = (context.settings, replace)
        try await context.withBroker { try await ModelRegister($0, settings).add(entry, replaces: replaces) }
        try DeploymentReport(entry).print(to: context.console, asJSON: json)
    }

    private static func members(from path: String) throws -> [String: JSONValue] {
        do {
            if case .object(let members) = try JSONValue.parse(Array(try InputFile.contents(of: path))) { return members }
            throw CommandFailure(.usage, "\(path): expected a JSON object, as {\"provider\": \"openai\"}")
        } catch let error as JSONError {
            throw CommandFailure(.usage, "\(path): not valid JSON: \(error)")
        }
    }
}
