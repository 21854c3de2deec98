import ArgumentParser
import MoltBotConfig

/// The options of commands that run workers.
struct WorkerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Model calls at once, for each workspace; default 50.", valueName: "n"))
    var concurrency: Int?

    @Option(
        name: .customLong("workspace"), help: ArgumentHelp("A workspace to serve; may be repeated. Default: default.", valueName: "name"))
    var workspaces: [String] = []

    @Option(help: ArgumentHelp("How long running tasks may finish after SIGTERM; default 30s.", valueName: "seconds"))
    var gracePeriod: String?

    var flags: [FlagValue] {
        [
            FlagValue(.workerConcurrency, "--concurrency", concurrency.map { "\($0)" }),
            FlagValue(.workerWorkspaces, "--workspace", workspaces.isEmpty ? nil : workspaces.joined(separator: ",")),
            FlagValue(.workerGracePeriod, "--grace-period", gracePeriod),
        ].compactMap(\.self)
    }
}
