import CCurl

/// One libcurl multi handle with its connections, and the timer it asked for. Used on the loop thread only.
final class MultiShard {
    private let multi: UnsafeMutableRawPointer
    private let sockets: SocketTable

    /// Transfers libcurl works on, those that wait for a connection included.
    private(set) var transferCount = 0

    /// When libcurl wants to be called next, on the loop's clock.
    private(set) var deadline: UInt64?

    /// Nil when memory is exhausted.
    init?(_ limits: ConnectionLimits, sockets: SocketTable) {
        guard let multi = curl_multi_init() else { return nil }
        self.multi = multi
        self.sockets = sockets

        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_socket_watcher(multi) { _, socket, action, context, _ in
            if let context { Unmanaged<MultiShard>.fromOpaque(context).takeUnretainedValue().watch(socket, action) }
            return 0
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_timer(multi) { _, milliseconds, context in
            if let context { Unmanaged<MultiShard>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds) }
            return 0
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.total)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.total)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.perHost ?? 0)
    }

    deinit {
        // Closes the connections, which calls back into the socket table.
        curl_multi_cleanup(multi)
    }

    func add(_ easy: EasyHandle) -> CURLMcode {
        let code = curl_multi_add_handle(multi, easy.pointer)
        if code == CURLM_OK { transferCount += 1 }
        return code
    }

    /// Takes a handle that was added out. A transfer that has not finished loses its connection, or its HTTP/2 stream.
    func remove(_ easy: EasyHandle) {
        curl_multi_remove_handle(multi, easy.pointer)
        transferCount -= 1
    }

    /// - Parameter readiness: a combination of `CURL_CSELECT_IN` and `OUT`.
    func handle(_ socket: Int32, _ readiness: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, readiness, &running)
    }

    func runTimer(_ now: UInt64) {
        guard let due = deadline, due <= now else { return }
        // Cleared first: the call sets the next one.
        deadline = nil
        handle(CURL_SOCKET_TIMEOUT, 0)
    }

    /// A transfer libcurl has finished with, once each.
    func nextFinished() -> (transfer: Transfer, result: CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let context = ccurl_private(message.pointee.easy_handle) else { continue }
            // Copied out here: the message is freed when its handle is removed.
            return (Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), message.pointee.data.result)
        }
        return nil
    }

    /// `CURLMOPT_SOCKETFUNCTION`.
    private func watch(_ socket: Int32, _ action: Int32) {
        sockets.watch(socket, action, for: self)
    }

    /// `CURLMOPT_TIMERFUNCTION`: must only take note; calling libcurl from here would recurse.
    private func setTimer(_ milliseconds: Int) {
        deadline = milliseconds < 0 ? nil : LoopClock.now + UInt64(milliseconds) * 1_000_000
    }
}
