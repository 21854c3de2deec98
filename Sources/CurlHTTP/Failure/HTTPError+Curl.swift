import CCurl

extension HTTPError {
    /// What a `CURLcode` means to a caller.
    ///
    /// - Parameters:
    ///   - detail: the text in `CURLOPT_ERRORBUFFER`; used only for codes whose text names hosts and ports, never the whole URL.
    ///   - target: the URL as it may be shown.
    init(_ result: CURLcode, detail: String, target: RedactedURL) {
        let number = Int(result.rawValue)
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        switch result {
        case CURLE_URL_MALFORMAT:
            self.init(.invalidURL, "\(target) is not a URL that can be requested", curlCode: number)
        case CURLE_COULDNT_RESOLVE_PROXY:
            // The detail may quote the proxy's URL with its password.
            self.init(.resolve, "The proxy's address cannot be resolved for \(target)", curlCode: number)
        case CURLE_COULDNT_RESOLVE_HOST:
            self.init(.resolve, "\(text) (\(target))", curlCode: number)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY:
            self.init(.connect, "\(text) (\(target))", curlCode: number)
        case CURLE_OPERATION_TIMEDOUT:
            // Only the connect limit is given to libcurl; the other two are kept by the loop.
            self.init(.timeout(phase: .connect), "No connection within the connect timeout (\(target))", curlCode: number)
        case CURLE_SSL_CONNECT_ERROR:
            // Also what a connection lost during the handshake looks like, so it may pass.
            self.init(.tls, "\(text) (\(target))", curlCode: number, isRetriable: true)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
            self.init(.tls, "\(text) (\(target))", curlCode: number)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_SSL_SHUTDOWN_FAILED:
            self.init(.reset, "\(text) (\(target))", curlCode: number)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            // The URL's scheme was checked before, so an unsupported protocol is the server's: HTTP/0.9 or no HTTP at all.
            self.init(.protocolViolation, "\(text) (\(target))", curlCode: number)
        default:
            let reason = String(cString: curl_easy_strerror(result))
            self.init(.internalFailure, "\(reason) (\(target))", curlCode: number)
        }
    }
}
