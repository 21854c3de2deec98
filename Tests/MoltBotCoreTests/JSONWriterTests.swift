import MoltBotCore
import Testing

@Suite("JSON writing")
struct JSONWriterTests {
    @Test(
        "Reads back what it wrote",
        arguments: [
            JSONValue.null, true, -7, .integer(.max), .integer(.min), 0.1, 1e300, .number(1), .number(-0.0), "", "plain",
            "\"\\\u{0}\u{1F}\n\t\r/é😀",
            [], [:], [1, [2, [nil]], "three"], ["a": ["b": [1.5, "c", false]], "quote\"d": 1],
        ] as [JSONValue])
    func roundTrip(value: JSONValue) throws {
        #expect(try JSONValue.parse(value.encode()) == value)
    }

    @Test(
        "Escapes exactly what must be escaped",
        arguments: [
            ("a\"b\\c", #""a\"b\\c""#), ("line\nend\r\t", #""line\nend\r\t""#), ("\u{1}\u{1F}", #""\u0001\u001f""#),
            ("/é😀\u{7F}", "\"/é😀\u{7F}\""),
        ])
    func escapes(text: String, expected: String) {
        #expect(JSONValue.string(text).description == expected)
    }

    @Test("Writes doubles in their shortest form, and null for what JSON cannot express")
    func numbers() {
        let values: JSONValue = [0.1, .number(2), .number(1e21), .number(.infinity), .number(.nan)]
        #expect(values.description == "[0.1,2.0,1e+21,null,null]")
    }

    @Test("Puts commas between members and elements")
    func structure() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", 1)
        writer.member("b", ["x", "y"])
        writer.name("c")
        writer.beginArray()
        writer.beginObject()
        writer.endObject()
        writer.null()
        writer.endArray()
        writer.member("d", seconds: .seconds(300))
        writer.member("e", seconds: .milliseconds(1500))
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"b":["x","y"],"c":[{},null],"d":300,"e":1.5}"#)
    }
}
