/// How a stream is cut into events.
enum StreamFraming {
    case serverSentEvents
    /// One JSON document a line.
    case lines

    /// How the media type of such a stream begins. Ollama's line streams are announced in several ways, a whole answer as
    /// `application/json`.
    var mediaTypes: [String] {
        switch self {
        case .serverSentEvents: ["text/event-stream"]
        case .lines: ["application/x-ndjson", "application/json", "application/jsonl", "text/plain"]
        }
    }
}

/// Reads one stream with its framing.
struct StreamFrames {
    struct Frame: Equatable {
        var type: String?
        var data: [UInt8]
    }

    private enum Parser {
        case events(ServerSentEventParser)
        case lines(LineParser)
    }

    private var parser: Parser

    init(_ framing: StreamFraming) {
        parser =
            switch framing {
            case .serverSentEvents: .events(ServerSentEventParser())
            case .lines: .lines(LineParser())
            }
    }

    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> [Frame] {
        switch parser {
        case .events(var events):
            defer { parser = .events(events) }
            return events.feed(bytes).map { Frame(type: $0.type, data: $0.data) }
        case .lines(var lines):
            defer { parser = .lines(lines) }
            return lines.feed(bytes).map { Frame(type: nil, data: $0) }
        }
    }

    /// What the end of the stream completes.
    mutating func finish() -> Frame? {
        switch parser {
        case .events(var events): events.finish().map { Frame(type: $0.type, data: $0.data) }
        case .lines(var lines): lines.finish().map { Frame(type: nil, data: $0) }
        }
    }
}
