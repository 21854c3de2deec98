import MoltBotCore

/// One outcome on one line of output.
struct ResultLine {
    let event: TaskEvent

    /// For a person, and for `cut` and `awk`: id, status and text, separated by tabs; tabs and line ends in the text are escaped.
    var plain: String { "\(event.taskID)\t\(event.type.status.rawValue)\t\(Self.escape(text))" }

    /// The event as it is in the contract (CloudEvents).
    var json: String { String(decoding: event.encode(), as: UTF8.self) }

    /// The answer, or why there is none.
    var text: String {
        guard let outcome = event.outcome else { return "" }
        if let error = outcome.error { return "\(error.type): \(error.message)" }
        return outcome.result ?? outcome.message.map { "\($0)" } ?? ""
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for character in text.unicodeScalars {
            switch character {
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case "\\": escaped += "\\\\"
            // A model's answer must not steer the terminal it is shown on.
            case _ where character.value < 0x20 || (0x7F...0x9F).contains(character.value):
                escaped += "\\u{\(String(character.value, radix: 16))}"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
