import FoundationEssentials

/// Writes the configuration files of one start.
struct BrokerConfiguration: Sendable {
    let layout: BrokerLayout
    let identity: BrokerIdentity
    let password: String
    let options: PrivateBroker.Options

    func write() throws(PrivateBrokerError) {
        try StateFile.write(Data(text.utf8), to: layout.configuration, mode: 0o600)
        // Explicit and empty: RabbitMQ would fall back to /etc/rabbitmq/advanced.config.
        try StateFile.write(Data("[].\n".utf8), to: layout.advancedConfiguration, mode: 0o600)
        let plugins = options.enablesManagement ? "[rabbitmq_management].\n" : "[].\n"
        try StateFile.write(Data(plugins.utf8), to: layout.enabledPlugins, mode: 0o600)
    }

    private var text: String {
        var lines = [
            "# Written by moltbot at every start of its private broker; changes are lost.",
            "listeners.tcp.1 = 127.0.0.1:\(identity.amqpPort)",
            // Naming a default user keeps RabbitMQ from creating guest.
            "default_user = \(BrokerSecrets.user)",
            "default_pass = \(password)",
            "loopback_users = none",
            "consumer_timeout = \(options.consumerTimeout.wholeMilliseconds)",
            "disk_free_limit.absolute = \(options.freeDiskLimit)",
            "log.file = broker.log",
            "log.file.level = info",
            "log.file.rotation.size = 10485760",
            "log.file.rotation.count = 5",
            "log.console = false",
        ]
        if options.enablesManagement {
            lines += [
                "management.tcp.ip = 127.0.0.1",
                "management.tcp.port = \(identity.managementPort)",
                "management_agent.disable_metrics_collector = true",
            ]
        }
        switch options.memoryWatermark {
        case .fraction(let fraction): lines.append("vm_memory_high_watermark.relative = \(fraction)")
        case .bytes(let bytes): lines.append("vm_memory_high_watermark.absolute = \(bytes)")
        case nil: break
        }
        return (lines + options.extraConfiguration).joined(separator: "\n") + "\n"
    }
}

extension Duration {
    var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
