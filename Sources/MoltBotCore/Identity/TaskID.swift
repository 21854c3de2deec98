/// The name of a task: the AMQP `message_id` of its message.
///
/// MoltBot's clients send UUIDs; any 1 to 240 visible ASCII characters are accepted. AMQP holds 255 bytes in a short string; the rest is
/// left for ids that are derived from this one.
package struct TaskID: Sendable, Hashable, CustomStringConvertible {
    package static let maximumLength = 240

    package let rawValue: String

    /// Nil when the text is empty, too long, or has spaces, control characters or non-ASCII characters.
    package init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        rawValue = text
    }

    /// A new id that sorts by its time.
    package init(generatedAt time: Timestamp = .now()) {
        rawValue = UUIDText.version7(at: time)
    }

    package var description: String { rawValue }
}
