import ArgumentParser
import MoltBotCore

/// Which workspace a command asks an API node about.
struct WorkspaceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Whose; default the workspace of the access key, else 'default'.", valueName: "workspace"),
        transform: ArgumentSyntax.workspace)
    var workspace: Workspace?
}
