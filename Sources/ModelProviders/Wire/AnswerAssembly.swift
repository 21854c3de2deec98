import MoltBotCore

/// Reads one streamed answer: bytes in, pieces of text out, the whole answer at the end. Pure, wherever the network cuts the bytes.
struct AnswerAssembly<Dialect: WireDialect> {
    private let dialect: Dialect
    private var frames: StreamFrames
    private var stream: Dialect.Stream
    /// OpenAI's end of a stream; gateways append it to everybody's.
    private var hasEndMarker = false

    init(_ dialect: Dialect, for call: ModelCall) {
        self.dialect = dialect
        frames = StreamFrames(dialect.framing)
        stream = dialect.stream(for: call)
    }

    /// Whether the answer is complete, so that a failure of the connection no longer matters.
    var isTerminated: Bool { (hasEndMarker || stream.isTerminated) && hasAnswer }

    private var hasAnswer: Bool { stream.isFinished || stream.hasBegun && (hasEndMarker || stream.isTerminated) }

    /// The events that these bytes complete, to be received one by one: those before a faulty one still count.
    mutating func frames(in bytes: UnsafeRawBufferPointer) -> [StreamFrames.Frame] {
        frames.feed(bytes)
    }

    /// The event that a stream without a proper end leaves behind.
    mutating func lastFrame() -> StreamFrames.Frame? {
        frames.finish()
    }

    mutating func receive(_ frame: StreamFrames.Frame) throws(WireFault) -> ModelDelta? {
        if frame.data.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return nil }
        guard !frame.data.elementsEqual("[DONE]".utf8) else {
            hasEndMarker = true
            return nil
        }
        guard let document = JSONValue.answer(frame.data) else {
            throw WireFault(.streamBroken, "The stream has an event that is not JSON", evidence: frame.data)
        }
        if let fault = dialect.fault(in: document, status: 200) { throw fault }
        if frame.type == "error" { throw WireFault(.serverError, "The stream reports an error", evidence: frame.data) }
        guard let text = try stream.receive(document), !text.isEmpty else { return nil }
        return ModelDelta(text: text)
    }

    /// - Throws: ``ModelError/Kind/streamBroken`` when the stream ended before the answer did.
    func answer() throws(WireFault) -> ModelAnswer {
        guard hasAnswer else { throw WireFault(.streamBroken, "The stream ended before the answer did") }
        return try stream.answer()
    }
}

extension JSONValue {
    /// A document from outside; nil when it is none. Some servers put a byte order mark before it, which JSON does not allow.
    static func answer(_ bytes: some Collection<UInt8>) -> JSONValue? {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return try? parse(Array(bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]))
    }
}
