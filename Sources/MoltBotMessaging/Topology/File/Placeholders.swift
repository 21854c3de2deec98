/// `{name}` in queue names and routing keys, and ranges such as `adhoc.{0..15}` in the values of a repeat.
enum Placeholders {
    /// The placeholders of a text, in order.
    static func names(in text: String) -> [String] {
        text.matches(of: /\{([^{}]*)\}/).map { String($0.output.1) }
    }

    static func fill(_ text: String, with values: [String: String]) -> String {
        values.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    /// Writes out a range: `adhoc.{0..2}` is `adhoc.0`, `adhoc.1`, `adhoc.2`; any other text is itself. Nil for a range
    /// that runs backwards or has more than 1000 values.
    static func expandRange(_ text: String) -> [String]? {
        guard let match = text.firstMatch(of: /\{(\d{1,6})\.\.(\d{1,6})\}/) else { return [text] }
        guard let first = Int(match.output.1), let last = Int(match.output.2), first <= last, last - first < 1000 else { return nil }
        return (first...last).map { text.replacingCharacters(in: match.range, with: "\($0)") }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with replacement: String) -> String {
        self[..<range.lowerBound] + replacement + self[range.upperBound...]
    }
}
