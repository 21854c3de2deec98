/// Reads from the broker's logs why it did not start.
enum BootFailure {
    static func explain(_ layout: BrokerLayout, identity: BrokerIdentity) -> PrivateBrokerError {
        let tail = logTail(layout)
        let text = tail.lowercased()
        if text.contains("eaddrinuse") || text.contains("in use by") {
            return PrivateBrokerError(
                .portInUse, "The private broker found one of its ports taken (AMQP \(identity.amqpPort)). Start it again.", logTail: tail)
        }
        if text.contains("enospc") {
            return PrivateBrokerError(.diskFull, "The disk below \(layout.root) is full. Free some space and start again.", logTail: tail)
        }
        if text.contains("eacces") || text.contains("accessible by owner only") {
            return PrivateBrokerError(
                .stateUnusable, "The broker may not use its files below \(layout.root); they have to belong to this user.", logTail: tail)
        }
        return PrivateBrokerError(
            .bootFailed, "The broker ended while it was starting. Its full log is \(layout.logFile).", logTail: tail)
    }

    /// The last lines of what the broker printed and logged, newest last, with at most `lines` from each file.
    static func logTail(_ layout: BrokerLayout, lines: Int = 12) -> String {
        [layout.logFile, layout.startupOutput]
            .compactMap { StateFile.text(at: $0) }
            .flatMap { $0.split(separator: "\n").suffix(lines) }
            .joined(separator: "\n")
    }
}
