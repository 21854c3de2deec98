import FoundationEssentials

/// The environment of the broker's programs, built from nothing: a variable in the caller's shell or a line in
/// /etc/rabbitmq must not turn the private broker into something else.
struct BrokerEnvironment: Sendable {
    let layout: BrokerLayout
    let nodeName: String
    let epmdPort: Int
    let distributionPort: Int

    /// The init argument that marks our node in its command line, followed by the node name.
    static let nodeMarker = "-moltbot_node"

    /// The start of the command line of the name service that serves only this broker.
    static func epmdMarker(port: Int) -> [String] { ["-port", String(port), "-address", "127.0.0.1"] }

    var variables: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": layout.root,
            "RABBITMQ_NODENAME": nodeName,
            "RABBITMQ_MNESIA_BASE": layout.data,
            "RABBITMQ_LOG_BASE": layout.logs,
            "RABBITMQ_CONFIG_FILE": layout.configuration,
            "RABBITMQ_ADVANCED_CONFIG_FILE": layout.advancedConfiguration,
            "RABBITMQ_CONFIG_FILES": layout.configurationFragments,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": layout.enabledPlugins,
            "RABBITMQ_PID_FILE": layout.pidFile,
            "RABBITMQ_DIST_PORT": String(distributionPort),
            "ERL_EPMD_PORT": String(epmdPort),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": layout.logs + "/erl_crash.dump",
            // With input "allowed" the script becomes the Erlang machine instead of waiting for it as a second process;
            // -noinput then takes the input away again.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": serverArguments,
            // The script's default is a fixed range of eleven ports for all of the machine's rabbitmqctl calls; 0 is any.
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        ]
    }

    /// Split at spaces by RabbitMQ's script, so no value in here may contain one.
    private var serverArguments: String {
        [
            "-noinput",
            // Erlang would listen for other nodes on every interface.
            "-kernel inet_dist_use_interface {127,0,0,1}",
            // RabbitMQ's default since 3.8, said again because an idle broker must not spin.
            "+sbwt none +sbwtdcpu none +sbwtdio none",
            "\(Self.nodeMarker) \(nodeName)",
        ].joined(separator: " ")
    }
}
