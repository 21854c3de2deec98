import CCurl
import Glibc

/// `CURLOPT_HEADERFUNCTION`: one whole header line. The context is the transfer, which the loop holds while libcurl does.
let receiveHeaderLine: curl_write_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let length = size * count
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    // Any other number than the length ends the transfer with CURLE_WRITE_ERROR.
    return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: length)) ? length : 0
}

/// `CURLOPT_WRITEFUNCTION`: up to 16 KiB of the body. May be called from within `curl_easy_pause`.
let receiveBodyBytes: curl_write_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

/// `CURLOPT_OPENSOCKETFUNCTION`: asks the address policy, then makes the socket. Close-on-exec, which libcurl 7.88 leaves out: a child
/// process must not hold connections open.
let openSocket: curl_opensocket_callback = { context, _, address in
    guard let context, let address else { return CURL_SOCKET_BAD }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    guard let sockets = transfer.sockets else { return CURL_SOCKET_BAD }
    if let policy = sockets.addressPolicy {
        guard let remote = RemoteAddress(address), policy(remote) else {
            transfer.deniedAddresses += 1
            return CURL_SOCKET_BAD
        }
    }
    transfer.allowedAddresses += 1
    let descriptor = socket(address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    if descriptor >= 0 {
        noticeLoss(descriptor)
        sockets.opened(descriptor)
    }
    return descriptor
}

/// Lets the kernel end a connection whose other side is gone without a word, within a minute instead of a quarter of an hour: an HTTP/2
/// connection is kept while calls on it run into their timeouts, and gets the next ones as well.
private func noticeLoss(_ descriptor: Int32) {
    let options: [(level: Int32, name: Int32, value: Int32)] = [
        (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30), (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10),
        (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3), (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 60_000),
    ]
    for var option in options {
        // Without them it is as it would be anyway.
        _ = setsockopt(descriptor, option.level, option.name, &option.value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// `CURLOPT_CLOSESOCKETFUNCTION`: called by the connection's owner, so the context is the socket table and not a transfer.
let closeSocket: curl_closesocket_callback = { context, descriptor in
    if let context {
        Unmanaged<SocketTable>.fromOpaque(context).takeUnretainedValue().closed(descriptor)
    }
    return close(descriptor)
}

extension RemoteAddress {
    /// Nil for a family other than IPv4 and IPv6.
    fileprivate init?(_ address: UnsafePointer<curl_sockaddr>) {
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        // The structure ends in a sockaddr, but libcurl reserves as much as `addrlen` says.
        let raw = UnsafeRawPointer(address) + offset
        switch address.pointee.family {
        case AF_INET:
            let ipv4 = raw.loadUnaligned(as: sockaddr_in.self)
            let bytes = withUnsafeBytes(of: ipv4.sin_addr) { Array($0) }
            self.init(family: .ipv4, bytes: bytes, port: Int(UInt16(bigEndian: ipv4.sin_port)))
        case AF_INET6:
            let ipv6 = raw.loadUnaligned(as: sockaddr_in6.self)
            let bytes = withUnsafeBytes(of: ipv6.sin6_addr) { Array($0) }
            self.init(family: .ipv6, bytes: bytes, port: Int(UInt16(bigEndian: ipv6.sin6_port)))
        default: return nil
        }
    }
}
