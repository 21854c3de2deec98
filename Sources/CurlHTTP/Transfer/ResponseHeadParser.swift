/// Reads the header lines libcurl hands over one at a time.
struct ResponseHeadParser {
    enum Progress {
        case incomplete
        /// The line ended the head of the final response.
        case complete(HTTPResponseHead)
        case malformed
        case tooLarge
    }

    private enum State {
        case statusLine
        case fields(HTTPResponseHead)
        /// Lines after the head are trailers.
        case trailers
    }

    /// What browsers and proxies allow at most; libcurl 7.88 bounds a line but not their sum.
    private static let maximumBytes = 256 * 1024

    private var state = State.statusLine
    private var byteCount = 0

    mutating func read(_ line: UnsafeRawBufferPointer) -> Progress {
        byteCount += line.count
        guard byteCount <= Self.maximumBytes else { return .tooLarge }
        switch state {
        case .statusLine:
            guard let head = Self.statusLine(line) else { return .malformed }
            state = .fields(head)
            return .incomplete
        case .fields(var head):
            // Emptied first, so that appending below does not copy the fields.
            state = .trailers
            if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
                guard head.status < 200 else { return .complete(head) }
                state = .statusLine
                return .incomplete
            }
            if let (name, value) = Self.field(line) { head.headers.add(name: name, value: value) }
            state = .fields(head)
            return .incomplete
        case .trailers:
            return .incomplete
        }
    }

    /// `HTTP/1.1 200 OK`, and `HTTP/2 200`, which libcurl writes for HTTP/2.
    private static func statusLine(_ line: UnsafeRawBufferPointer) -> HTTPResponseHead? {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")),
            let version = HTTPVersion(rawValue: String(decoding: line[..<space], as: UTF8.self)),
            line.count >= space + 4
        else { return nil }
        var status = 0
        for byte in line[(space + 1)..<(space + 4)] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            status = status * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard status >= 100 else { return nil }
        var head = HTTPResponseHead(status: status, httpVersion: version, headers: HTTPHeaders())
        head.headers.reserveCapacity(8)
        return head
    }

    private static func field(_ line: UnsafeRawBufferPointer) -> HTTPHeaders.Field? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        var start = colon + 1
        var end = line.count
        while start < end, isSpace(line[start]) { start += 1 }
        while end > start, isSpace(line[end - 1]) { end -= 1 }
        return (name: String(decoding: line[..<colon], as: UTF8.self), value: String(decoding: line[start..<end], as: UTF8.self))
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
    }
}
