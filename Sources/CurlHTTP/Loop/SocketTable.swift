import CCurl

/// The sockets libcurl asked to have watched.
///
/// A keep-alive connection leaves libcurl's interest after every response and comes back with the next request. Its socket is left in
/// epoll in between, which saves two system calls a request. That is safe only for sockets whose closing is seen
/// (`CURLOPT_CLOSESOCKETFUNCTION`): a descriptor closed unseen would come back as another socket that only seems to be watched.
final class SocketTable {
    private struct Entry {
        /// Who asked last; a connection never changes its shard.
        unowned var shard: MultiShard?
        /// What epoll watches for; 0 when the socket is not in it.
        var registered: UInt32 = 0
        /// What libcurl wants watched.
        var wanted: UInt32 = 0
        /// Opened, and so to be closed, through the callbacks.
        var isOwned = false
    }

    let addressPolicy: (@Sendable (RemoteAddress) -> Bool)?
    private let epoll: Epoll
    private var entries: [Entry] = []

    init(epoll: Epoll, addressPolicy: (@Sendable (RemoteAddress) -> Bool)?) {
        self.epoll = epoll
        self.addressPolicy = addressPolicy
    }

    func opened(_ socket: Int32) {
        reserve(socket)
        entries[Int(socket)] = Entry(isOwned: true)
    }

    /// The kernel takes a closed socket out of epoll by itself.
    func closed(_ socket: Int32) {
        reserve(socket)
        entries[Int(socket)] = Entry()
    }

    /// - Parameter action: one of `CURL_POLL_IN`, `OUT`, `INOUT`, `REMOVE`.
    func watch(_ socket: Int32, _ action: Int32, for shard: MultiShard) {
        reserve(socket)
        entries[Int(socket)].shard = shard
        var interest: UInt32 = 0
        if action == CURL_POLL_IN || action == CURL_POLL_INOUT { interest |= EPOLLIN.rawValue }
        if action == CURL_POLL_OUT || action == CURL_POLL_INOUT { interest |= EPOLLOUT.rawValue }
        entries[Int(socket)].wanted = interest
        if interest != 0 {
            register(socket, interest)
        } else if !entries[Int(socket)].isOwned {
            register(socket, 0)
        }
    }

    /// Whom to tell of an event, and what; nil when libcurl has no interest.
    func readiness(_ socket: Int32, _ events: UInt32) -> (MultiShard, Int32)? {
        guard entries.indices.contains(Int(socket)), entries[Int(socket)].registered != 0, let shard = entries[Int(socket)].shard else {
            return nil
        }
        if entries[Int(socket)].wanted == 0 {
            // An idle connection was closed or sent something; libcurl finds out when it wants to use it.
            register(socket, 0)
            return nil
        }
        var readiness: Int32 = 0
        if events & EPOLLIN.rawValue != 0 { readiness |= CURL_CSELECT_IN }
        if events & EPOLLOUT.rawValue != 0 { readiness |= CURL_CSELECT_OUT }
        // Reading or writing gives libcurl the error's number; CURL_CSELECT_ERR alone would hide it.
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness |= CURL_CSELECT_IN | CURL_CSELECT_OUT }
        return (shard, readiness)
    }

    private func register(_ socket: Int32, _ interest: UInt32) {
        let registered = entries[Int(socket)].registered
        guard registered != interest else { return }
        if interest == 0 {
            epoll.remove(socket)
        } else if registered == 0 {
            epoll.add(socket, interest)
        } else {
            epoll.change(socket, interest)
        }
        entries[Int(socket)].registered = interest
    }

    private func reserve(_ socket: Int32) {
        while entries.count <= Int(socket) { entries.append(Entry()) }
    }
}
