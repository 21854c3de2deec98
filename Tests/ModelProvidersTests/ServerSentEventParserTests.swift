import Testing

@testable import ModelProviders

@Suite("Server-sent events")
struct ServerSentEventParserTests {
    typealias Event = ServerSentEventParser.Event

    private func parse(_ pieces: [[UInt8]]) -> [Event] {
        var parser = ServerSentEventParser()
        return pieces.flatMap { piece in piece.withUnsafeBytes { parser.feed($0) } }
    }

    private func event(_ data: String, type: String? = nil) -> Event { Event(type: type, data: Array(data.utf8)) }

    @Test(
        "Reads events with every line end",
        arguments: [
            ("data: a\n\ndata: b\n\n", ["a", "b"]), ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]), ("data: a\r\rdata: b\r\r", ["a", "b"]),
            ("data: a\r\n\ndata:b\n\r\n", ["a", "b"]), (": comment\n\ndata: a\n: inside\n\n", ["a"]),
            ("data: a\ndata: b\ndata\n\n", ["a\nb\n"]),
            ("data:  two spaces\n\n", [" two spaces"]), ("id: 1\nretry: 5\ndata: a\n\n", ["a"]), ("event: x\n\ndata: a\n\n", ["a"]),
            ("\u{FEFF}data: a\n\n", ["a"]), ("data: unfinished", []), ("data: unfinished\n", []), ("\n\n\n", []),
            ("data: a: b\n\n", ["a: b"]),
            ("data: Grüße 😀\n\n", ["Grüße 😀"]),
        ])
    func forms(text: String, data: [String]) {
        #expect(parse([Array(text.utf8)]).map { String(decoding: $0.data, as: UTF8.self) } == data)
    }

    @Test("Keeps the event's type")
    func types() {
        #expect(parse([Array("event: ping\ndata: {}\n\ndata: a\n\n".utf8)]) == [event("{}", type: "ping"), event("a")])
    }

    @Test("The network may cut the stream at any byte", arguments: ["\n", "\r\n", "\r"])
    func everyCut(lineEnd: String) {
        let lines = [
            ": OPENROUTER PROCESSING", "", "data: {\"text\":\"Grüße 😀\"}", "", "event: e", "data: a", "data: b", "", "data: [DONE]", "", "",
        ]
        let stream = Array(lines.joined(separator: lineEnd).utf8)
        let expected = [event("{\"text\":\"Grüße 😀\"}"), event("a\nb", type: "e"), event("[DONE]")]
        #expect(parse(stream.map { [$0] }) == expected)
        for cut in 0...stream.count {
            #expect(parse([Array(stream[..<cut]), Array(stream[cut...])]) == expected)
        }
    }
}
