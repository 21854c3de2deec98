import CCurl
import NIOCore

/// The options of every transfer: what the client's configuration says, and what one request adds to it.
final class OptionTemplate {
    /// What a transfer holds from its start to its end, so thousands of waiting ones hold it thousandfold. The default of 16 KiB would
    /// save a third of the processor time only on responses of many megabytes without TLS. libcurl takes one byte more than it is told to.
    private static let receiveBufferBytes = 2047

    /// What a transfer over TLS holds, and one that sends more than 64 KiB. The least libcurl takes; its default is 64 KiB.
    private static let uploadBufferBytes = 16_384

    private let configuration: HTTPClientConfiguration
    /// What the close callback gets: the table of the sockets this client opened. Outlives every connection.
    private let socketContext: UnsafeMutableRawPointer
    private let authorities: UnsafeMutableRawBufferPointer?
    private let httpVersion: Int

    init(_ configuration: HTTPClientConfiguration, socketContext: UnsafeMutableRawPointer) {
        self.configuration = configuration
        self.socketContext = socketContext
        authorities = configuration.caBytes.map { bytes in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyBytes(from: bytes)
            return copy
        }
        httpVersion =
            switch configuration.httpVersion {
            case .http1: Int(CURL_HTTP_VERSION_1_1)
            case .http2: Int(CURL_HTTP_VERSION_2TLS)
            case .http2PriorKnowledge: Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
            }
    }

    deinit {
        authorities?.deallocate()
    }

    /// Sets what all transfers share on a fresh handle. Returns the first code that is not `CURLE_OK`.
    func apply(to easy: UnsafeMutableRawPointer) -> CURLcode {
        var refusal = CURLE_OK
        func check(_ code: CURLcode) {
            if refusal == CURLE_OK { refusal = code }
        }
        check(ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"))
        check(ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1))
        check(ccurl_set_receiver(easy, CURLOPT_HEADERFUNCTION, receiveHeaderLine))
        check(ccurl_set_receiver(easy, CURLOPT_WRITEFUNCTION, receiveBodyBytes))
        check(ccurl_set_socket_opener(easy, openSocket))
        check(ccurl_set_socket_closer(easy, closeSocket))
        check(ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, socketContext))
        // Without it a transfer that ends while its host name is being resolved has the loop wait for the resolver, tens of seconds at a
        // dead name server, and with the loop all other transfers. The resolver's thread ends by itself.
        check(ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1))
        check(ccurl_set_long(easy, CURLOPT_TCP_NODELAY, 1))
        check(ccurl_set_long(easy, CURLOPT_BUFFERSIZE, Self.receiveBufferBytes))
        check(ccurl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, Self.uploadBufferBytes))
        check(ccurl_set_string(easy, CURLOPT_USERAGENT, configuration.userAgent))
        check(ccurl_set_long(easy, CURLOPT_HTTP_VERSION, httpVersion))
        applyTrust(to: easy, check)
        applyProxy(to: easy, check)
        return refusal
    }

    /// Sets what one transfer needs, whatever the handle's last transfer was. Returns the first code that is not `CURLE_OK`.
    func apply(_ transfer: Transfer, to easy: UnsafeMutableRawPointer) -> CURLcode {
        var refusal = CURLE_OK
        func check(_ code: CURLcode) {
            if refusal == CURLE_OK { refusal = code }
        }
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        check(ccurl_set_string(easy, CURLOPT_URL, transfer.block.url))
        check(ccurl_set_pointer(easy, CURLOPT_PRIVATE, context))
        check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
        check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
        check(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context))
        check(ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, connectTimeout(transfer)))
        check(ccurl_set_long(easy, CURLOPT_PIPEWAIT, waitsForSharing(transfer) ? 1 : 0))
        check(ccurl_set_headers(easy, transfer.block.headerList))
        applyMethod(to: easy, transfer, check)
        return refusal
    }

    /// Waiting for another transfer's connection pays only where it can be shared.
    private func waitsForSharing(_ transfer: Transfer) -> Bool {
        switch configuration.httpVersion {
        case .http1: false
        case .http2: RequestBlock.hasScheme(transfer.request.url, "https://")
        case .http2PriorKnowledge: true
        }
    }

    private func applyTrust(to easy: UnsafeMutableRawPointer, _ check: (CURLcode) -> Void) {
        if !configuration.verifiesPeer {
            check(ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0))
            check(ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0))
        }
        // libcurl keeps the parsed authorities between connections only when no folder of them is set, and Debian's default sets one.
        check(ccurl_set_string(easy, CURLOPT_CAPATH, nil))
        if let authorities {
            var blob = curl_blob(data: authorities.baseAddress, len: authorities.count, flags: UInt32(CURL_BLOB_NOCOPY))
            check(ccurl_set_blob(easy, CURLOPT_CAINFO_BLOB, &blob))
        } else if let file = configuration.caFile {
            check(ccurl_set_string(easy, CURLOPT_CAINFO, file))
        }
    }

    private func applyProxy(to easy: UnsafeMutableRawPointer, _ check: (CURLcode) -> Void) {
        switch configuration.proxy {
        case .none:
            // Empty, not unset: unset makes libcurl read the environment.
            check(ccurl_set_string(easy, CURLOPT_PROXY, ""))
        case .environment:
            check(ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
        case .url(let url):
            check(ccurl_set_string(easy, CURLOPT_PROXY, url))
            check(ccurl_set_string(easy, CURLOPT_NOPROXY, ""))
            check(ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
        }
    }

    private func applyMethod(to easy: UnsafeMutableRawPointer, _ transfer: Transfer, _ check: (CURLcode) -> Void) {
        let method = transfer.request.method
        let announcesBody = transfer.request.body != nil || method == "POST" || method == "PUT" || method == "PATCH"
        // Also undoes HEAD and POST of the transfer before.
        check(ccurl_set_long(easy, CURLOPT_HTTPGET, 1))
        if announcesBody {
            // Not copied: the transfer holds a reference to the buffer's storage, so whoever writes to another copy of it writes elsewhere.
            let bytes = transfer.request.body?.withUnsafeReadableBytes { $0 }
            check(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes?.count ?? 0)))
            // A null pointer would make libcurl read the body from standard input; the URL stands in for the empty body.
            let start = bytes?.baseAddress ?? UnsafeRawPointer(transfer.block.url)
            check(ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: start)))
        } else if method == "HEAD" {
            check(ccurl_set_long(easy, CURLOPT_NOBODY, 1))
        }
        let isImplied = method == (announcesBody ? "POST" : "GET") || !announcesBody && method == "HEAD"
        check(ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, isImplied ? nil : method))
    }

    /// In milliseconds; 0 would mean libcurl's default of 300 s.
    private func connectTimeout(_ transfer: Transfer) -> Int {
        Int(min(max(transfer.request.timeouts.connect.clampedNanoseconds / 1_000_000, 1), UInt64(Int32.max)))
    }
}
