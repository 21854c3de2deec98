import Glibc
import Synchronization

/// Picks loopback ports.
///
/// They lie below the kernel's ephemeral range on purpose: a port inside it may be taken by any outgoing connection while the
/// broker is down, even by a client that keeps trying to reconnect to it (a TCP self-connect).
package enum FreePorts {
    /// How long a broker has its port. Each use has a part of the range, so that one broker's start can't take what another one,
    /// stopped for a moment, is going to need again.
    package enum Use: CaseIterable {
        /// Part of the broker's identity.
        case kept
        /// Picked anew at each start.
        case run
    }

    /// Ports this process has picked. While a broker is stopped its ports look free; its neighbours must not get them.
    private static let picked = Mutex<Set<Int>>([])

    /// Different free ports, chosen at random so that two processes picking at the same moment hardly ever agree.
    /// - Returns: fewer than asked for when the machine has none left.
    package static func pick(_ count: Int, for use: Use) -> [Int] {
        let range = range(for: use, ephemeralStart: ephemeralStart)
        var ports: [Int] = []
        // Sixteen tries a port: even with most of the range taken the chance to come back short is negligible.
        for _ in 0..<(count * 16) where ports.count < count {
            let port = Int.random(in: range)
            if claim(port, among: range), isFree(port) { ports.append(port) }
        }
        return ports
    }

    /// Three quarters of the ports from 15,000 to the first ephemeral one are for those that are kept.
    static func range(for use: Use, ephemeralStart: Int) -> Range<Int> {
        let lowest = 15_000
        let highest = max(lowest + 1000, min(ephemeralStart, 32_768))
        let border = lowest + (highest - lowest) / 4 * 3
        return switch use {
        case .kept: lowest..<border
        case .run: border..<highest
        }
    }

    /// Whether this process had not picked the port yet. One that has picked half of the range begins anew.
    private static func claim(_ port: Int, among range: Range<Int>) -> Bool {
        picked.withLock { picked in
            if picked.count(where: range.contains) > range.count / 2 { picked.subtract(range) }
            return picked.insert(port).inserted
        }
    }

    /// Whether a server could listen on the port now; binds it the way the broker does.
    static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        return LoopbackAddress.withPointer(port: port) { bind(descriptor, $0, $1) } == 0 && listen(descriptor, 1) == 0
    }

    private static var ephemeralStart: Int {
        let range = StateFile.text(at: "/proc/sys/net/ipv4/ip_local_port_range")
        return range?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
    }
}

/// `127.0.0.1:port` as the C socket calls want it.
enum LoopbackAddress {
    static func withPointer<Result>(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
