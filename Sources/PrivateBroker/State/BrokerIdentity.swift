import FoundationEssentials

/// What makes a restarted broker the same broker: RabbitMQ's data belongs to a node name, clients hold a URL.
struct BrokerIdentity: Codable, Sendable {
    var nodeName: String
    var amqpPort: Int
    var managementPort: Int
}

/// The processes and settings of the current run, written as soon as they exist so that any other process can end them.
struct BrokerRun: Codable, Sendable {
    var pid: Int32
    var epmdPid: Int32
    var epmdPort: Int
    var distributionPort: Int
    var enablesManagement: Bool
    var consumerTimeoutMilliseconds: Int
}

/// The secrets of a private broker, made once and kept in files of mode 0600 or less.
enum BrokerSecrets {
    static let user = "moltbot"

    /// The broker user's password, made at the first call.
    static func password(_ layout: BrokerLayout) throws(PrivateBrokerError) -> String {
        if let kept = StateFile.text(at: layout.password) { return kept }
        let fresh = random(length: 32)
        try StateFile.write(Data(fresh.utf8), to: layout.password, mode: 0o600)
        return fresh
    }

    /// Erlang refuses a cookie that others can read. Its own default cookie comes from a weak generator, ours does not.
    static func ensureCookie(_ layout: BrokerLayout) throws(PrivateBrokerError) {
        guard StateFile.text(at: layout.cookie) == nil else { return }
        try StateFile.write(Data(random(length: 32).utf8), to: layout.cookie, mode: 0o400)
    }

    /// Letters and digits only: the text goes into URLs and configuration files as it is.
    static func random(length: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
    }
}
