/// A webhook for one task, named in the task itself.
package struct TaskCallback: Sendable, Equatable {
    /// Bytes of the URL. Callbacks travel in the headers of the task's events, which must fit one frame of 128 KiB.
    package static let longestURL = 2048
    /// Bytes of all names and values of ``headers``.
    package static let maximumHeaderBytes = 8192

    /// An absolute http or https URL.
    package var url: String
    /// Sent along with each request, for example an authorization the receiver expects.
    package var headers: [String: String]
    package var events: [TaskEventType]

    package init(url: String, headers: [String: String] = [:], events: [TaskEventType] = TaskEventType.terminal) {
        self.url = url
        self.headers = headers
        self.events = events
    }
}

extension TaskCallback {
    /// Callbacks as JSON text, for a message header.
    package static func encode(_ callbacks: [TaskCallback]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for callback in callbacks { writer.callback(callback) }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads such a text; what is no callback is left out.
    package static func decode(_ text: String) -> [TaskCallback] {
        guard let document = try? JSONValue.parse(text), let entries = document.arrayValue else { return [] }
        return entries.compactMap { entry in
            var check = FieldChecker()
            let callback = check.callback(entry, "")
            return check.problems.isEmpty ? callback : nil
        }
    }
}
