/// The client's multi handles, filled in order.
///
/// libcurl 7.88 walks a multi handle's connections, busy ones included, once to find one for a request (`ConnectionExists`) and again when
/// the transfer is removed (`Curl_conncache_foreach`). With thousands in one handle the walks cost more than the exchange, so each gets
/// few. Filling the first ones first keeps transfers together: few connections are open when there is little to do.
struct ShardSet {
    /// A shard with that many transfers is full while another may take them. As many as fit on one HTTP/2 connection: libcurl takes no
    /// more (`CURLMOPT_MAX_CONCURRENT_STREAMS`), and servers should take no fewer (RFC 9113, section 6.5.2). Beyond that libcurl opens
    /// one more connection for each transfer instead of sharing a second.
    private static let preferredTransfers = 100

    /// Each shard more leaves the others a smaller part of the idle connections.
    private static let maximumCount = 64

    private(set) var all: [MultiShard] = []
    private let limits: ConnectionLimits
    private let maximumCount: Int
    private let sockets: SocketTable

    /// - Parameter limits: what all shards together keep; each gets its part, so a client with low limits has one shard only.
    init(_ limits: ConnectionLimits, sockets: SocketTable) {
        self.limits = limits
        self.sockets = sockets
        maximumCount = min(max(limits.lowest / Self.preferredTransfers, 1), Self.maximumCount)
    }

    /// The shard for the next transfer: the first that is not full, or, where all are, the one with the fewest. Nil when there is none
    /// and memory is exhausted.
    mutating func next() -> MultiShard? {
        var fewest: MultiShard?
        for shard in all {
            if shard.transferCount < Self.preferredTransfers { return shard }
            if shard.transferCount < fewest?.transferCount ?? .max { fewest = shard }
        }
        guard all.count < maximumCount, let fresh = MultiShard(limits.part(all.count, of: maximumCount), sockets: sockets) else {
            return fewest
        }
        all.append(fresh)
        return fresh
    }
}
