import CCurl
import NIOCore

/// A request's URL and header lines in the form libcurl reads them, in one allocation: the `curl_slist` nodes first, then the text.
///
/// libcurl only reads a header list it is given, so the nodes need not come from `curl_slist_append`, which allocates twice a line.
struct RequestBlock: ~Copyable {
    private let storage: UnsafeMutableRawPointer
    let url: UnsafePointer<CChar>
    let headerList: UnsafeMutablePointer<curl_slist>?

    /// - Throws: ``HTTPError/Code/invalidURL`` or ``HTTPError/Code/invalidRequest`` for text that would break out of its line.
    init(_ request: borrowing HTTPRequest) throws(HTTPError) {
        try Self.validate(request)
        let suppressed = Self.suppressedDefaults(request)
        let lineCount = request.headers.count + suppressed.count
        let nodeBytes = lineCount * MemoryLayout<curl_slist>.stride
        var textBytes = request.url.utf8.count + 1
        for (name, value) in request.headers { textBytes += name.utf8.count + value.utf8.count + 3 }
        for line in suppressed { textBytes += line.utf8CodeUnitCount + 1 }

        storage = .allocate(byteCount: nodeBytes + textBytes, alignment: MemoryLayout<curl_slist>.alignment)
        let nodes = storage.bindMemory(to: curl_slist.self, capacity: lineCount)
        var writer = TextWriter(next: (storage + nodeBytes).bindMemory(to: CChar.self, capacity: textBytes))

        url = UnsafePointer(writer.next)
        writer.write(request.url)
        writer.terminate()

        var node = nodes
        for (name, value) in request.headers {
            node.initialize(to: curl_slist(data: writer.next, next: node + 1))
            node += 1
            writer.write(name)
            // libcurl drops "Name:" as a wish to send no such header; "Name;" is its spelling of an empty value.
            writer.write(value.isEmpty ? ";" : ": ")
            writer.write(value)
            writer.terminate()
        }
        for line in suppressed {
            node.initialize(to: curl_slist(data: writer.next, next: node + 1))
            node += 1
            writer.write("\(line)")
            writer.terminate()
        }
        if lineCount > 0 { nodes[lineCount - 1].next = nil }
        headerList = lineCount > 0 ? nodes : nil
    }

    deinit {
        storage.deallocate()
    }

    private struct TextWriter {
        var next: UnsafeMutablePointer<CChar>

        mutating func write(_ text: String) {
            var text = text
            text.withUTF8 { bytes in
                UnsafeMutableRawBufferPointer(start: next, count: bytes.count).copyMemory(from: UnsafeRawBufferPointer(bytes))
                next += bytes.count
            }
        }

        mutating func terminate() {
            next.pointee = 0
            next += 1
        }
    }

    /// Headers libcurl would add on its own to a request with a body, and that the caller did not ask for.
    private static func suppressedDefaults(_ request: borrowing HTTPRequest) -> [StaticString] {
        guard let body = request.body else { return [] }
        var lines: [StaticString] = []
        if !request.headers.contains("content-type") { lines.append("Content-Type:") }
        // Above 1 MiB libcurl asks for "100 Continue" and waits a second for it from servers that do not answer.
        if body.readableBytes > 1024 * 1024, !request.headers.contains("expect") { lines.append("Expect:") }
        return lines
    }
}
