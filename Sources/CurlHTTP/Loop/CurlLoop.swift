import CCurl
import Logging

/// The event loop around one libcurl multi handle: waits for sockets, commands and deadlines, and lets libcurl do the rest.
///
/// Made, run and ended on the thread `curl-http`; nothing in it is shared but the mailbox.
final class CurlLoop {
    let multi: UnsafeMutableRawPointer
    let sockets: SocketTable
    let template: OptionTemplate
    let metrics = ClientMetrics()
    let logger: Logger

    private let epoll: Epoll
    private let mailbox: CommandMailbox
    private var commands: [Command] = []
    /// When libcurl wants to be called next, on the loop's clock.
    private var curlDeadline: UInt64?

    var easyHandles = EasyHandlePool()
    var deadlines = DeadlineHeap()
    /// Transfers libcurl works on. Each knows its place.
    var active: [Transfer] = []
    /// Ended in this turn of the loop; told at its end.
    var ended: [(transfer: Transfer, failure: HTTPError?)] = []

    /// Nil when memory or descriptors are exhausted.
    init?(mailbox: CommandMailbox, configuration: HTTPClientConfiguration, logger: Logger) {
        guard let epoll = Epoll(), curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else { return nil }
        self.epoll = epoll
        self.multi = multi
        self.mailbox = mailbox
        self.logger = logger
        sockets = SocketTable(epoll: epoll, addressPolicy: configuration.addressPolicy)
        template = OptionTemplate(configuration, socketContext: Unmanaged.passUnretained(sockets).toOpaque())

        ccurl_multi_set_socket_watcher(multi) { _, socket, action, context, _ in
            if let context { Unmanaged<SocketTable>.fromOpaque(context).takeUnretainedValue().watch(socket, action) }
            return 0
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, Unmanaged.passUnretained(sockets).toOpaque())
        ccurl_multi_set_timer(multi) { _, milliseconds, context in
            if let context { Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds) }
            return 0
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, Unmanaged.passUnretained(self).toOpaque())
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumConnections)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost ?? 0)
        epoll.add(mailbox.wakeUpDescriptor, EPOLLIN.rawValue | EPOLLET.rawValue)
    }

    deinit {
        // Closes the connections, which calls back into the socket table.
        curl_multi_cleanup(multi)
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
            wait = [curlDeadline, deadlines.next].compactMap { $0 }.min().map { $0 > now ? $0 - now : 0 }
        }
        var running: Int32 = 0
        epoll.wait(wait) { descriptor, events in
            guard let readiness = sockets.readiness(descriptor, events) else { return }
            curl_multi_socket_action(multi, descriptor, readiness, &running)
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
        if let due = curlDeadline, due <= now {
            // Cleared first: the call sets the next one.
            curlDeadline = nil
            var running: Int32 = 0
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
        }
        while let transfer = deadlines.popDue(now) {
            timeOut(transfer)
        }
    }

    /// `CURLMOPT_TIMERFUNCTION`: must only take note; calling libcurl from here would recurse.
    private func setTimer(_ milliseconds: Int) {
        curlDeadline = milliseconds < 0 ? nil : LoopClock.now + UInt64(milliseconds) * 1_000_000
    }
}
