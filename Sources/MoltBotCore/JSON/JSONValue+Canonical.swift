extension JSONValue {
    /// The value as JSON whose bytes are the same whenever the values are: members in the order of their names' bytes, and whole numbers
    /// without a fraction. For digests; nobody reads it back.
    package var canonicalBytes: [UInt8] {
        var writer = JSONWriter()
        write(canonical: self, to: &writer)
        return writer.bytes
    }

    private func write(canonical value: JSONValue, to writer: inout JSONWriter) {
        switch value {
        case .number(let number):
            // 1.0 and 1 are the same number to every provider.
            if let whole = Int64(exactly: number) { writer.integer(whole) } else { writer.number(number) }
        case .array(let elements):
            writer.beginArray()
            for element in elements { write(canonical: element, to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for (name, member) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                writer.name(anyOf: name)
                write(canonical: member, to: &writer)
            }
            writer.endObject()
        case .null, .bool, .integer, .string: writer.value(value)
        }
    }
}
