import MoltBotCore
import Testing

@Suite struct JSONMemberSearchTests {
    private func member(_ name: String, of text: String) -> String? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            JSONMemberSearch.range(of: name, in: buffer).map { String(decoding: buffer[$0], as: UTF8.self) }
        }
    }

    @Test func memberComesBackByteForByte() {
        #expect(member("data", of: #"{"id":"1","data":{"z":1.0,"a":[1,{"data":2}]},"x":0}"#) == #"{"z":1.0,"a":[1,{"data":2}]}"#)
        #expect(member("data", of: #" { "data" : "a,b}" } "#) == #""a,b}""#)
        #expect(member("data", of: #"{"data": 1e3 , "b": 2}"#) == "1e3")
    }

    @Test func textsAndInnerObjectsAreNotTakenForIt() {
        #expect(member("data", of: #"{"a":"data","b":{"data":1}}"#) == nil)
        #expect(member("data", of: #"{"a":"\"data\":1","data":[]}"#) == "[]")
        #expect(member("data", of: "[]") == nil)
    }

    @Test func lastOfSeveralCounts() {
        #expect(member("data", of: #"{"data":1,"data":2}"#) == "2")
    }
}
