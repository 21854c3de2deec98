/// What the broker wrote during one start, and why it failed according to it.
struct BootLog: Sendable {
    private let layout: BrokerLayout
    /// The log's length before the start; what earlier runs wrote is no news.
    private let offset: Int

    /// Call it before the broker is launched.
    init(_ layout: BrokerLayout) {
        self.layout = layout
        offset = StateFile.text(at: layout.logFile)?.utf8.count ?? 0
    }

    func explain(_ identity: BrokerIdentity) -> PrivateBrokerError {
        let text = excerpt
        let lowercased = text.lowercased()
        if lowercased.contains("eaddrinuse") || lowercased.contains("in use by") {
            return PrivateBrokerError(
                .portInUse, "The private broker found one of its ports taken (AMQP \(identity.amqpPort)). Start it again.", brokerLog: text)
        }
        if lowercased.contains("enospc") {
            return PrivateBrokerError(.diskFull, "The disk below \(layout.root) is full. Free some space and start again.", brokerLog: text)
        }
        if lowercased.contains("eacces") || lowercased.contains("accessible by owner only") {
            return PrivateBrokerError(
                .stateUnusable, "The broker may not use its files below \(layout.root); they have to belong to this user.", brokerLog: text)
        }
        return PrivateBrokerError(
            .bootFailed, "The broker ended while it was starting. Everything it wrote is in \(layout.logs).", brokerLog: text)
    }

    /// The first errors of this start, which name the cause; Erlang's reports of everything that falls over afterwards follow them.
    /// Without errors the last lines. Until its log file is open, RabbitMQ prints what it would log.
    var excerpt: String {
        let logged = String(decoding: (StateFile.text(at: layout.logFile) ?? "").utf8.dropFirst(offset), as: UTF8.self)
        let lines = ((StateFile.text(at: layout.startupOutput) ?? "") + "\n" + logged).split(separator: "\n")
        let errors = lines.filter { $0.contains("[error]") }
        return (errors.isEmpty ? lines.suffix(12) : errors.prefix(12)).joined(separator: "\n")
    }
}
