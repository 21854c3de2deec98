extension RequestBlock {
    /// Refuses what would let one part of a request write another: line breaks and NUL, RFC 9110 sections 5.1, 5.5 and 9.1.
    static func validate(_ request: borrowing HTTPRequest) throws(HTTPError) {
        guard hasScheme(request.url, "http://") || hasScheme(request.url, "https://") else {
            throw HTTPError(.invalidURL, "\(RedactedURL(request.url)) does not start with http:// or https://")
        }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw HTTPError(.invalidURL, "The URL contains a space or control character; percent-encode it")
        }
        guard isToken(request.method) else {
            throw HTTPError(.invalidRequest, "The method is not an HTTP token")
        }
        for (name, value) in request.headers {
            guard isToken(name) else {
                throw HTTPError(.invalidRequest, "The header name \(name.debugDescription) is not an HTTP token")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw HTTPError(.invalidRequest, "The value of header \(name) contains a line break or another control character")
            }
            guard !HTTPHeaders.isSame(name, "content-length"), !HTTPHeaders.isSame(name, "transfer-encoding") else {
                throw HTTPError(.invalidRequest, "The header \(name) follows from the body and cannot be set")
            }
        }
    }

    /// Whether the URL begins with a lower-case scheme prefix, in any case.
    static func hasScheme(_ url: String, _ prefix: StaticString) -> Bool {
        let prefix = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        let start = url.utf8.prefix(prefix.count)
        // Setting bit 5 lowers letters and leaves ":" and "/" as they are.
        return start.count == prefix.count && zip(start, prefix).allSatisfy { $0 | 0x20 == $1 }
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"),
            UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
