import MoltBotCore

extension ModelError {
    /// A part of the task that this provider cannot take, found before anything is sent.
    static func refusal(_ path: String, expected: String, got value: JSONValue?) -> ModelError {
        let shown = (value ?? .null).description
        // Images and schemas are long, and the message goes into events.
        let excerpt = shown.utf8.count > 200 ? String(shown.prefix(200)) + "…" : shown
        return ModelError(.invalidRequest, message: "\(path): expected \(expected), got \(excerpt)")
    }
}
