import MoltBotCore
import PrivateBroker

/// What is said about the private broker, without its password.
struct BrokerReport {
    let status: PrivateBroker.Status
    let stateDirectory: String

    var isRunning: Bool {
        if case .running = status { true } else { false }
    }

    func printText(to console: Console) throws(Console.Closed) {
        switch status {
        case .stopped:
            try console.print("The private broker in \(stateDirectory) is stopped. Start it with `moltbot broker start`.")
        case .notResponding(let pid):
            try console.print(
                "The private broker in \(stateDirectory) (process \(pid)) does not answer. End it with `moltbot broker stop`.")
        case .running(let broker):
            try console.print("The private broker runs.")
            try console.print("  state       \(stateDirectory)")
            try console.print("  process     \(broker.pid), \(broker.nodeName)")
            try console.print("  AMQP        127.0.0.1:\(broker.amqpPort)")
            if let port = broker.managementPort { try console.print("  management  http://127.0.0.1:\(port)") }
            try console.print("  log         \(broker.logFile)")
        }
    }

    /// `status` is `running`, `stopped` or `not_responding`; the rest is null where it is not known.
    func printJSON(to console: Console) throws(Console.Closed) {
        let broker: RunningBroker? = if case .running(let broker) = status { broker } else { nil }
        var pid = broker?.pid
        if case .notResponding(let stuck) = status { pid = stuck }
        try console.print { json in
            json.beginObject()
            json.member("status", status.word)
            json.member("state_dir", stateDirectory)
            json.member("pid", pid.map { Int($0) })
            json.member("node", broker?.nodeName)
            json.member("amqp_port", broker?.amqpPort)
            json.member("management_port", broker?.managementPort)
            json.member("log_file", broker?.logFile)
            json.endObject()
        }
    }
}

extension PrivateBroker.Status {
    fileprivate var word: String {
        switch self {
        case .stopped: "stopped"
        case .running: "running"
        case .notResponding: "not_responding"
        }
    }
}
