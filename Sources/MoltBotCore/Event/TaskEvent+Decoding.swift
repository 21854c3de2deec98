/// A message that is no event of a task.
package struct InvalidEvent: Error, Equatable, CustomStringConvertible {
    package let problems: [FieldProblem]

    package var description: String { problems.map(\.description).joined(separator: "; ") }
}

extension TaskEvent {
    /// Reads a task event; fields that it does not know are ignored, so that newer workers can add some.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(InvalidEvent) -> TaskEvent {
        let document: JSONValue
        do {
            document = try JSONValue.parse(bytes)
        } catch {
            throw InvalidEvent(problems: [FieldProblem(path: "", message: "not valid JSON: \(error)")])
        }
        var reader = EventReader()
        guard let event = reader.event(document), reader.problems.isEmpty else { throw InvalidEvent(problems: reader.problems) }
        return event
    }

    package static func decode(_ bytes: [UInt8]) throws(InvalidEvent) -> TaskEvent {
        try bytes.withUnsafeBufferPointer { (buffer) throws(InvalidEvent) in try decode(UnsafeRawBufferPointer(buffer)) }
    }
}
