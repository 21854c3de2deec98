import CCurl
import Logging

/// The event loop around libcurl's multi handles: waits for sockets, commands and deadlines, and lets libcurl do the rest.
///
/// Made, run and ended on the thread `curl-http`; nothing in it is shared but the mailbox.
final class CurlLoop {
    let sockets: SocketTable
    let template: OptionTemplate
    let metrics = ClientMetrics()
    let logger: Logger

    private let epoll: Epoll
    private let mailbox: CommandMailbox
    private var commands: [Command] = []

    var shards: ShardSet
    var easyHandles = EasyHandlePool()
    var deadlines = DeadlineHeap()
    /// Transfers libcurl works on. Each knows its place.
    var active: [Transfer] = []
    /// Ended in this turn of the loop; told at its end.
    var ended: [(transfer: Transfer, failure: HTTPError?)] = []

    /// Nil when memory or descriptors are exhausted.
    init?(mailbox: CommandMailbox, configuration: HTTPClientConfiguration, logger: Logger) {
        guard let epoll = Epoll(), curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { return nil }
        self.epoll = epoll
        self.mailbox = mailbox
        self.logger = logger
        sockets = SocketTable(epoll: epoll, addressPolicy: configuration.addressPolicy)
        template = OptionTemplate(configuration, socketContext: Unmanaged.passUnretained(sockets).toOpaque())
        shards = ShardSet(
            ConnectionLimits(total: configuration.maximumConnections, perHost: configuration.maximumConnectionsPerHost), sockets: sockets)
        epoll.add(mailbox.wakeUpDescriptor, EPOLLIN.rawValue | EPOLLET.rawValue)
    }

    /// Runs until the mailbox is closed, then ends what is left with the mailbox's reason.
    func run() {
        while true {
            if let reason = takeCommands() {
                endAll(reason)
                return
            }
            runDueTimers()
            reapFinished()
            tellEnded()
            waitForEvents()
        }
    }

    private func waitForEvents() {
        var wait: UInt64? = 0
        if mailbox.fallAsleep() {
            let now = LoopClock.now
            wait = nextDeadline.map { $0 > now ? $0 - now : 0 }
        }
        epoll.wait(wait) { descriptor, events in
            guard let (shard, readiness) = sockets.readiness(descriptor, events) else { return }
            shard.handle(descriptor, readiness)
        }
    }

    private var nextDeadline: UInt64? {
        shards.all.reduce(deadlines.next) { earliest, shard in
            guard let deadline = shard.deadline else { return earliest }
            return min(deadline, earliest ?? deadline)
        }
    }

    private func takeCommands() -> HTTPError? {
        let reason = mailbox.exchange(&commands)
        for command in commands {
            switch command {
            case .start(let transfer): start(transfer)
            case .cancel(let transfer): cancel(transfer)
            case .resumeReceiving(let transfer): resumeReceiving(transfer)
            }
        }
        commands.removeAll(keepingCapacity: true)
        return reason
    }

    private func runDueTimers() {
        let now = LoopClock.now
        for shard in shards.all { shard.runTimer(now) }
        while let transfer = deadlines.popDue(now) {
            timeOut(transfer)
        }
    }
}
