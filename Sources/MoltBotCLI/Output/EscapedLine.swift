extension String {
    /// The text on one line, without anything that steers the terminal it is shown on: tabs, line ends and control characters are escaped.
    var escapedLine: String {
        var escaped = ""
        escaped.reserveCapacity(utf8.count)
        for character in unicodeScalars {
            switch character {
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case "\\": escaped += "\\\\"
            case _ where character.value < 0x20 || (0x7F...0x9F).contains(character.value):
                escaped += "\\u{\(String(character.value, radix: 16))}"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
