import ArgumentParser

/// `moltbot webhooks`
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Say where events are delivered by HTTP.",
        discussion: """
            An endpoint is a URL that gets the events of one workspace as signed
            requests (https://www.standardwebhooks.com). Endpoints are kept on the
            broker; `moltbot relay` delivers to them.

            EXAMPLES
              moltbot webhooks add https://example.org/hook
              moltbot webhooks add https://example.org/hook \\
                --events 'task.*' --header 'Authorization: Bearer ...' --rate-limit 100/1m
              moltbot webhooks test ep-k3v7xq2m5nd4a
              moltbot webhooks attempts ep-k3v7xq2m5nd4a --failed
              moltbot webhooks retry ep-k3v7xq2m5nd4a --since 6h
              moltbot webhooks rotate-secret ep-k3v7xq2m5nd4a --overlap 24h
            """,
        subcommands: [
            WebhooksAddCommand.self, WebhooksListCommand.self, WebhooksShowCommand.self, WebhooksUpdateCommand.self,
            WebhooksRemoveCommand.self, WebhooksRotateSecretCommand.self, WebhooksEnableCommand.self, WebhooksDisableCommand.self,
            WebhooksTestCommand.self, WebhooksAttemptsCommand.self, WebhooksRetryCommand.self,
        ])
}

/// What the commands about one endpoint have in common.
struct EndpointOptions: ParsableArguments {
    @Argument(help: "The endpoint's id, as `moltbot webhooks list` shows it.")
    var id: String

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settings: SettingsOptions
}
