import ArgumentParser
import MoltBotConfig

/// Which API node a command asks.
struct NodeOptions: ParsableArguments {
    @Option(
        name: .customLong("api-url"),
        help: ArgumentHelp(
            "The API, http://host:port; default the one of the state folder. MOLTBOT_API_KEY holds its key.", valueName: "url"))
    var apiURL: String?

    @Option(help: ArgumentHelp("Folder that `moltbot up` was started with.", valueName: "folder"), completion: .directory)
    var stateDir: String?

    var flags: [FlagValue] {
        [FlagValue(.apiURL, "--api-url", apiURL), FlagValue(.stateDirectory, "--state-dir", stateDir)].compactMap(\.self)
    }
}
