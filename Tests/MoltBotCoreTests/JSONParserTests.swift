import MoltBotCore
import Testing

@Suite("JSON parsing")
struct JSONParserTests {
    @Test(
        "Reads every kind of value",
        arguments: [
            ("null", JSONValue.null), ("true", true), ("false", false), ("\"\"", ""), ("[]", []), ("{}", [:]),
            (" [ 1 , \"a\" , { \"b\" : null } ] \n", [1, "a", ["b": nil]]),
            (#"{"a":{"b":[true,{"c":"d"}]}}"#, ["a": ["b": [true, ["c": "d"]]]]),
        ] as [(String, JSONValue)])
    func values(text: String, expected: JSONValue) throws {
        #expect(try JSONValue.parse(text) == expected)
    }

    @Test(
        "Keeps integers exact and rounds other numbers to the nearest double",
        arguments: [
            ("0", JSONValue.integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("123456789012345678901234567890", .number(1.2345678901234568e29)),
            ("-0", .number(-0.0)), ("1.0", .number(1)), ("0.1", .number(0.1)), ("-2.5e-3", .number(-0.0025)), ("1E+2", .number(100)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("5e-324", .number(.leastNonzeroMagnitude)),
            ("1e-400", .number(0)),
            ("0.000000000000000000000000000001", .number(1e-30)), ("9007199254740993.0", .number(9_007_199_254_740_992)),
        ] as [(String, JSONValue)])
    func numbers(text: String, expected: JSONValue) throws {
        #expect(try JSONValue.parse(text) == expected)
    }

    @Test(
        "Reads escapes and non-ASCII text",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\uD83D\uDE00""#, "😀"),
            ("\"Grüße, 世界 😀\"", "Grüße, 世界 😀"), (#""\u0000""#, "\u{0}"), (#""eight by\tte words and more""#, "eight by\tte words and more"),
        ])
    func strings(text: String, expected: String) throws {
        #expect(try JSONValue.parse(text) == .string(expected))
    }

    @Test(
        "Refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "nul", "True", "01", "-", "1.", ".5", "1e", "+1", "1e400", "NaN", "[1,]", "[1 2]", "[", "{", "{\"a\"}", "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}", "'a'", "\"a", "\"a\nb\"", "\"\\x\"", "\"\\u12\"", "\"\\uD800\"", "\"\\uD800\\u0041\"", "\"\\uDC00\"", "1 2",
            "{} x",
            "// a\n1", "\u{FEFF}1", "\"\\", "\"\\u00g0\"",
        ])
    func malformed(text: String) {
        #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    }

    @Test(
        "Refuses text that is not UTF-8",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue.parse(bytes) }
    }

    @Test("Says where the mistake is")
    func position() {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(#"{"parameters":{"stop":["a",tru]}}"#) }
        #expect(error?.description == "byte 27, in parameters.stop[1]: expected true")
    }

    @Test("Stops at 64 levels of nesting, so that a hostile message cannot exhaust the stack")
    func depth() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try JSONValue.parse(deepest)
        #expect(throws: JSONError.self) { try JSONValue.parse("[" + deepest + "]") }
        #expect(throws: JSONError.self) { try JSONValue.parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test("The last of several members with one name counts")
    func duplicates() throws {
        #expect(try JSONValue.parse(#"{"a":1,"a":2}"#) == ["a": 2])
    }

    @Test("Every cut of a valid document is an error, never a crash")
    func truncated() {
        let document = Array(#"{"a":[1.5e3,"x\u00e9\uD83D\uDE00",{"b":null,"c":[true,false]}],"d":-12}"#.utf8)
        for length in 0..<document.count {
            #expect(throws: JSONError.self) { try JSONValue.parse(Array(document.prefix(length))) }
        }
    }
}
