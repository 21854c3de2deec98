import Glibc

/// The RabbitMQ and Erlang programs installed on this machine.
///
/// Debian's wrapper on `PATH` switches to the `rabbitmq` account and refuses everybody but root; the scripts in the
/// package's own folder run as whoever calls them.
struct BrokerInstallation: Sendable {
    let server: String
    let control: String
    /// Erlang's name service.
    let epmd: String
    /// A small C program that makes one remote call in milliseconds; `rabbitmqctl` boots an Erlang machine for it.
    let remoteCall: String?

    /// Where RabbitMQ packages keep the scripts: Debian and RPM, then the generic archive.
    static let scriptDirectories = ["/usr/lib/rabbitmq/bin", "/usr/local/lib/rabbitmq/bin", "/opt/rabbitmq/sbin", "/usr/local/sbin"]
    private static let toolDirectories = ["/usr/bin", "/usr/local/bin", "/usr/lib/erlang/bin", "/usr/local/lib/erlang/bin"]

    static func find(in scriptDirectories: [String]) throws(PrivateBrokerError) -> BrokerInstallation {
        guard let folder = scriptDirectories.first(where: { isExecutable($0 + "/rabbitmq-server") && isExecutable($0 + "/rabbitmqctl") })
        else {
            throw PrivateBrokerError(
                .notInstalled,
                "RabbitMQ is not installed (no rabbitmq-server in \(scriptDirectories.joined(separator: ", "))). "
                    + "Install it with `make setup` or `sudo apt-get install rabbitmq-server`, or name a broker that runs elsewhere.")
        }
        guard let epmd = tool("epmd") else {
            throw PrivateBrokerError(
                .notInstalled, "Erlang's epmd is not installed. It comes with `sudo apt-get install erlang-base`.")
        }
        return BrokerInstallation(
            server: folder + "/rabbitmq-server", control: folder + "/rabbitmqctl", epmd: epmd, remoteCall: tool("erl_call"))
    }

    private static func tool(_ name: String) -> String? {
        toolDirectories.lazy.map { $0 + "/" + name }.first(where: isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
}
