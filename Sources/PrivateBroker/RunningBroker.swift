/// A private broker that answered when this value was made.
///
/// The URLs carry the password; `description` leaves it out, so that a log line with this value is harmless.
package struct RunningBroker: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The Erlang node name, unique to the state folder, e.g. `moltbot-1f2e3d4c@localhost`.
    package let nodeName: String
    package let pid: Int32
    package let amqpPort: Int
    /// Port of the management HTTP API, `nil` when it was started without.
    package let managementPort: Int?
    package let user: String
    package let password: String
    /// How long the broker lets a delivery stay unacknowledged before it closes the channel (`consumer_timeout`).
    /// A task's own timeout has to stay below it.
    package let consumerTimeout: Duration
    /// The file the broker writes its log to.
    package let logFile: String

    /// `amqp://user:password@127.0.0.1:port/%2F`, the default virtual host.
    package var amqpURL: String { amqpURL(virtualHost: "/") }

    /// `http://user:password@127.0.0.1:port` of the management API.
    package var managementURL: String? {
        managementPort.map { "http://\(user):\(password)@127.0.0.1:\($0)" }
    }

    /// The AMQP URL of another virtual host; letters, digits, `-`, `.`, `_` and `~` stand as they are, the rest is percent-encoded.
    package func amqpURL(virtualHost: String) -> String {
        "amqp://\(user):\(password)@127.0.0.1:\(amqpPort)/\(PercentEncoding.encode(virtualHost))"
    }

    package var description: String {
        "\(nodeName) (pid \(pid), amqp port \(amqpPort)\(managementPort.map { ", management port \($0)" } ?? ""))"
    }

    package var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "nodeName": nodeName, "pid": pid, "amqpPort": amqpPort, "managementPort": managementPort as Any, "logFile": logFile,
            ])
    }
}

extension RunningBroker {
    init(layout: BrokerLayout, identity: BrokerIdentity, run: BrokerRun, password: String) {
        nodeName = identity.nodeName
        pid = run.pid
        amqpPort = identity.amqpPort
        managementPort = run.enablesManagement ? identity.managementPort : nil
        user = BrokerSecrets.user
        self.password = password
        consumerTimeout = .milliseconds(run.consumerTimeoutMilliseconds)
        logFile = layout.logFile
    }
}
