import Testing

@testable import MoltBotAPI

@Suite("The elements of a batch")
struct ElementSplitterTests {
    /// Feeds the text in pieces of every size.
    private func split(_ text: String, piece: Int) throws -> [String] {
        var splitter = ElementSplitter(maximumBytes: 100)
        var elements: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try splitter.feed(rest.prefix(piece)) { elements.append(String(decoding: $0, as: UTF8.self)) }
            rest = rest.dropFirst(piece)
        }
        try splitter.finish { elements.append(String(decoding: $0, as: UTF8.self)) }
        return elements
    }

    @Test("are found however the bytes come", arguments: [1, 2, 3, 7, 1000])
    func pieces(size: Int) throws {
        let text = #" [ {"prompt": "a ] } \" \\"} , {"messages": [{"role": "user"}, {}]},{}]  "#
        #expect(try split(text, piece: size) == [#"{"prompt": "a ] } \" \\"}"#, #"{"messages": [{"role": "user"}, {}]}"#, "{}"])
        #expect(try split("{\"a\": 1}\n\n{\"b\": 2}\r\n{\"c\": 3}", piece: size) == ["{\"a\": 1}", "{\"b\": 2}\r", "{\"c\": 3}"])
        #expect(try split("[]", piece: size) == [])
    }

    @Test(
        "must be objects in one array, or lines", arguments: ["", "[", "[1]", "[{}", "[{} {}]", "[,]", "[{}]{}", "\"x\"", "[{\"a\": \"]}"])
    func broken(text: String) {
        #expect(throws: ElementSplitter.Failure.self) { try split(text, piece: 2) }
    }

    @Test("are not kept beyond their limit")
    func tooLarge() {
        #expect(throws: ElementSplitter.Failure.tooLarge(limit: 100)) {
            try split("[{\"prompt\": \"" + String(repeating: "x", count: 200), piece: 50)
        }
    }
}
