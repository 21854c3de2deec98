import ArgumentParser
import MoltBotConfig

/// The options of commands that serve the API.
struct APIOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The address to listen on; default 127.0.0.1. Others need an access key first.", valueName: "host"))
    var apiHost: String?

    @Option(help: ArgumentHelp("The port to listen on; default 8000, 0 lets the system choose.", valueName: "port"))
    var apiPort: Int?

    var flags: [FlagValue] {
        [FlagValue(.apiHost, "--api-host", apiHost), FlagValue(.apiPort, "--api-port", apiPort.map { "\($0)" })].compactMap(\.self)
    }
}
