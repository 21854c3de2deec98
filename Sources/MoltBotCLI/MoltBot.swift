import ArgumentParser
import CMimalloc

/// The program.
@main
struct MoltBot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moltbot",
        abstract: "Runs model calls as durable, prioritised messages on RabbitMQ.",
        discussion: """
            EXAMPLES
              moltbot up                    a private broker and a worker, until Ctrl-C
              moltbot broker start          only the broker, in the background
              moltbot topology plan         what the broker lacks or has differently
              moltbot worker                a worker on the broker of MOLTBOT_BROKER_URL
              moltbot api                   the REST API on the same broker

            SETTINGS
              Flags win over the environment (MOLTBOT_BROKER_URL for broker.url), that
              over config/gateway.yaml, that over the defaults.

            EXIT STATUS
              0   done                      69  broker unavailable
              1   failed                    70  a fault of moltbot
              2   differences found         75  try again later
              64  wrong usage               77  refused
                                            78  settings or topology wrong
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(name: "Services", subcommands: [UpCommand.self, WorkerCommand.self, RelayCommand.self, APICommand.self]),
            CommandGroup(name: "Broker", subcommands: [BrokerCommand.self, TopologyCommand.self]),
            CommandGroup(name: "Tasks", subcommands: ClientCommands.all),
            CommandGroup(name: "Access", subcommands: [KeysCommand.self]),
            CommandGroup(name: "Settings", subcommands: [ConfigCommand.self]),
        ])
    static func main() async {
        // Linked for its malloc, which stands in for glibc's in the whole process (decision 0018); a linker may leave out what nobody calls.
        _ = mi_version()
        await main(nil)
    }
}
