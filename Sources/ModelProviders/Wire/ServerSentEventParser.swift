/// Cuts a byte stream into server-sent events (WHATWG HTML, 9.2.6), wherever the network cut it.
///
/// An event that the stream's end interrupts is dropped, as the specification says, unless ``finish()`` asks for it.
struct ServerSentEventParser {
    struct Event: Equatable {
        /// The `event` field, if there was one.
        var type: String?
        /// The `data` lines, joined by line feeds.
        var data: [UInt8]
    }

    private var line: [UInt8] = []
    private var type: String?
    private var data: [UInt8]?
    private var isFirstLine = true
    /// A carriage return ended the last line; a line feed right after it belongs to the same line end.
    private var skipsLineFeed = false

    /// The events that these bytes complete.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> [Event] {
        var events: [Event] = []
        var start = 0
        for position in bytes.indices {
            let byte = bytes[position]
            let followsCarriageReturn = skipsLineFeed
            skipsLineFeed = false
            if followsCarriageReturn, byte == 0x0A {
                start = position + 1
                continue
            }
            guard byte == 0x0A || byte == 0x0D else { continue }
            line.append(contentsOf: bytes[start..<position])
            start = position + 1
            skipsLineFeed = byte == 0x0D
            if let event = endLine() { events.append(event) }
        }
        line.append(contentsOf: bytes[start...])
        return events
    }

    /// The event that the stream's end left open. Some services end their last one without the empty line, and it carries the usage.
    mutating func finish() -> Event? {
        if !line.isEmpty, let event = endLine() { return event }
        return dispatch()
    }

    private mutating func endLine() -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            // A byte order mark may open the stream.
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value.removeFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            if data == nil { data = Array(value) } else { data?.append(contentsOf: [0x0A] + value) }
        case "event": type = String(decoding: value, as: UTF8.self)
        default: break  // Comments (no name), ids and fields of the future.
        }
        return nil
    }

    private mutating func dispatch() -> Event? {
        defer { (type, data) = (nil, nil) }
        return data.map { Event(type: type, data: $0) }
    }
}
