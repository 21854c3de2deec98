import MoltBotCore

/// One outcome on one line of output.
struct ResultLine {
    let event: TaskEvent

    /// For a person, and for `cut` and `awk`: id, status and text, separated by tabs; tabs and line ends in the text are escaped.
    var plain: String { "\(event.taskID)\t\(event.type.status.rawValue)\t\(text.escapedLine)" }

    /// The event as it is in the contract (CloudEvents).
    var json: String { String(decoding: event.encode(), as: UTF8.self) }

    /// The answer, or why there is none.
    var text: String {
        guard let outcome = event.outcome else { return "" }
        if let error = outcome.error { return "\(error.type): \(error.message)" }
        return outcome.result ?? outcome.message.map { "\($0)" } ?? ""
    }
}
