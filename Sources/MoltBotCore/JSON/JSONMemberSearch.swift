/// Finds members of an object without taking it apart: what is passed on unchanged keeps its very bytes, the order of members and the
/// digits of numbers included.
package enum JSONMemberSearch {
    /// Where the value of a member of the outermost object is, without white space around it; nil when there is none. Of members
    /// with the same name the last one counts.
    /// - Parameter bytes: valid JSON, parsed before.
    package static func range(of name: String, in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        let wanted = Array(name.utf8)
        var found: Range<Int>?
        var depth = 0
        var position = 0
        /// The value that began here belongs to the wanted member.
        var start: Int?
        /// The text that ended last, when it stands where a name may.
        var text: Range<Int>?
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let end = endOfString(bytes, from: position)
                if depth == 1, start == nil { text = position + 1..<end - 1 }
                position = end - 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0, let begin = start { found = trimmed(begin..<position, bytes) }
            case UInt8(ascii: ":") where depth == 1 && start == nil:
                if let text, bytes[text].elementsEqual(wanted) { start = position + 1 }
            case UInt8(ascii: ",") where depth == 1:
                if let begin = start { found = trimmed(begin..<position, bytes) }
                (start, text) = (nil, nil)
            default: break
            }
            position += 1
        }
        return found
    }

    /// The place after the closing quote of the string that starts at `start`.
    private static func endOfString(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, bytes.count)
    }

    private static func trimmed(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, isSpace(bytes[lower]) { lower += 1 }
        while upper > lower, isSpace(bytes[upper - 1]) { upper -= 1 }
        return lower..<upper
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
