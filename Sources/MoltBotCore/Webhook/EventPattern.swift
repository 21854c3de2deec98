/// Chooses event types: words joined by dots, where `*` stands for one word and, as the last word, for all that follow.
package struct EventPattern: Sendable, Hashable, CustomStringConvertible {
    package static let everything = EventPattern(words: ["*"])

    private let words: [String]

    private init(words: [String]) {
        self.words = words
    }

    /// Nil unless the text is dot-separated words of letters, digits and `_`, or `*`.
    package init?(_ text: String) {
        let words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard words.allSatisfy({ $0 == "*" || (!$0.isEmpty && $0.utf8.allSatisfy(Self.isWordByte)) }) else { return nil }
        self.words = words
    }

    package func matches(_ type: String) -> Bool {
        let given = type.split(separator: ".", omittingEmptySubsequences: false)
        guard given.count >= words.count, given.count == words.count || words.last == "*" else { return false }
        return zip(words, given).allSatisfy { $0 == "*" || $0 == $1 }
    }

    package var description: String { words.joined(separator: ".") }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
