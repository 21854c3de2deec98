import ArgumentParser

/// `moltbot models`
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Say where models run.",
        discussion: """
            A deployment is one place where a model runs: a provider's endpoint with its
            keys, limits and prices. Several may share the model's name that tasks write.
            What is added here takes effect in every worker within a second; deployments
            of the settings file (models.deployments) are changed there.

            EXAMPLES
              moltbot models add gpt-4 --provider openai --api-key-file - < key.txt
              moltbot models add gpt-4-eu --model gpt-4 --provider azure \\
                --base-url https://example.openai.azure.com --api-key-env AZURE_KEY --rpm 600
              moltbot models test gpt-4-eu
              moltbot models status --check
            """,
        subcommands: [
            ModelsListCommand.self, ModelsShowCommand.self, ModelsAddCommand.self, ModelsRemoveCommand.self, ModelsEnableCommand.self,
            ModelsDisableCommand.self, ModelsTestCommand.self, ModelsStatusCommand.self,
        ])
}

/// What the commands about one deployment have in common.
struct DeploymentNameOptions: ParsableArguments {
    @Argument(help: "The deployment's name, as `moltbot models list` shows it.")
    var name: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settings: SettingsOptions
}
