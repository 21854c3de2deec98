/// Where a private broker keeps its files: everything below `<state>/broker`, readable by its owner only.
struct BrokerLayout: Sendable {
    let root: String

    init(stateDirectory: String) {
        root = stateDirectory + "/broker"
    }

    var data: String { root + "/data" }
    var logs: String { root + "/log" }
    /// RabbitMQ's own log, rotated by size.
    var logFile: String { logs + "/broker.log" }
    /// What the broker prints while it starts; written anew at each start.
    var startupOutput: String { logs + "/startup.log" }
    var configuration: String { root + "/rabbitmq.conf" }
    var advancedConfiguration: String { root + "/advanced.config" }
    /// An empty folder: without it RabbitMQ would read the fragments in /etc/rabbitmq/conf.d.
    var configurationFragments: String { root + "/conf.d" }
    var enabledPlugins: String { root + "/enabled_plugins" }
    var pidFile: String { root + "/broker.pid" }
    /// The node's `HOME` is `root`, which is where Erlang looks for its cookie.
    var cookie: String { root + "/.erlang.cookie" }
    var password: String { root + "/password" }
    /// Node name and ports, kept for good. See ``BrokerIdentity``.
    var identity: String { root + "/identity.json" }
    /// The processes of the current run. See ``BrokerRun``.
    var run: String { root + "/run.json" }
    var lock: String { root + "/lock" }
}
