internal import CRabbitMQ

/// Tables and values from librabbitmq's structures into Swift, with every byte copied: the source lives in a pool that is recycled
/// after each frame.
enum FieldTableDecoder {
    static func table(_ source: amqp_table_t) -> AMQPTable {
        guard source.num_entries > 0, let entries = source.entries else { return [:] }
        var result = AMQPTable(minimumCapacity: Int(source.num_entries))
        for entry in UnsafeBufferPointer(start: entries, count: Int(source.num_entries)) {
            result[string(entry.key)] = value(entry.value)
        }
        return result
    }

    static func string(_ bytes: amqp_bytes_t) -> String {
        guard bytes.len > 0, let start = bytes.bytes else { return "" }
        return WireText.string(UnsafeRawBufferPointer(start: start, count: bytes.len))
    }

    static func bytes(_ bytes: amqp_bytes_t) -> [UInt8] {
        guard bytes.len > 0, let start = bytes.bytes else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: bytes.len))
    }

    private static func value(_ field: amqp_field_value_t) -> AMQPValue {
        switch Character(UnicodeScalar(field.kind)) {
        case "t": .bool(field.value.boolean != 0)
        case "b": .int8(field.value.i8)
        case "B": .uint8(field.value.u8)
        case "s": .int16(field.value.i16)
        case "u": .uint16(field.value.u16)
        case "I": .int32(field.value.i32)
        case "i": .uint32(field.value.u32)
        case "l": .int64(field.value.i64)
        case "L": .uint64(field.value.u64)
        case "f": .float(field.value.f32)
        case "d": .double(field.value.f64)
        case "D": .decimal(scale: field.value.decimal.decimals, value: field.value.decimal.value)
        case "S": .string(string(field.value.bytes))
        case "x": .bytes(bytes(field.value.bytes))
        case "T": .timestamp(field.value.u64)
        case "A": .array(array(field.value.array))
        case "F": .table(table(field.value.table))
        default: .void
        }
    }

    private static func array(_ source: amqp_array_t) -> [AMQPValue] {
        guard source.num_entries > 0, let entries = source.entries else { return [] }
        return UnsafeBufferPointer(start: entries, count: Int(source.num_entries)).map { value($0) }
    }
}

extension EncodingArena {
    /// The C structure of a table, valid until the arena is reset. What cannot be encoded is left out and becomes the ``refusal``.
    func table(_ source: AMQPTable?, depth: Int = 1) -> amqp_table_t {
        guard let source, !source.isEmpty, mayNest(depth) else { return amqp_table_t(num_entries: 0, entries: nil) }
        let entries = allocate(amqp_table_entry_t.self, count: source.count)
        for (index, (key, value)) in source.enumerated() {
            // librabbitmq writes the length of a key modulo 256 and then all of it: the broker would read the rest as fields.
            let key = bytes(key)
            if key.len > 255 { refuse("a key of a table is longer than 255 bytes") }
            entries[index] = amqp_table_entry_t(key: key, value: field(value, depth: depth))
        }
        return amqp_table_t(num_entries: Int32(source.count), entries: entries)
    }

    private func field(_ value: AMQPValue, depth: Int) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func set(_ kind: Character, _ assign: (inout amqp_field_value_t) -> Void) {
            field.kind = kind.asciiValue ?? 0
            assign(&field)
        }
        switch value {
        case .void: set("V") { _ in }
        case .bool(let value): set("t") { $0.value.boolean = value ? 1 : 0 }
        case .int8(let value): set("b") { $0.value.i8 = value }
        case .uint8(let value): set("B") { $0.value.u8 = value }
        case .int16(let value): set("s") { $0.value.i16 = value }
        case .uint16(let value): set("u") { $0.value.u16 = value }
        case .int32(let value): set("I") { $0.value.i32 = value }
        case .uint32(let value): set("i") { $0.value.u32 = value }
        case .int64(let value): set("l") { $0.value.i64 = value }
        case .uint64(let value): set("L") { $0.value.u64 = value }
        case .float(let value): set("f") { $0.value.f32 = value }
        case .double(let value): set("d") { $0.value.f64 = value }
        case .decimal(let scale, let value): set("D") { $0.value.decimal = amqp_decimal_t(decimals: scale, value: value) }
        case .string(let text): set("S") { $0.value.bytes = bytes(text) }
        case .bytes(let raw): set("x") { $0.value.bytes = bytes(raw) }
        case .timestamp(let value): set("T") { $0.value.u64 = value }
        case .array(let values): set("A") { $0.value.array = array(values, depth: depth + 1) }
        case .table(let entries): set("F") { $0.value.table = table(entries, depth: depth + 1) }
        }
        return field
    }

    private func mayNest(_ depth: Int) -> Bool {
        if depth > FieldTableDepth.limit { refuse("tables nest deeper than \(FieldTableDepth.limit) levels") }
        return depth <= FieldTableDepth.limit
    }

    private func array(_ values: [AMQPValue], depth: Int) -> amqp_array_t {
        guard !values.isEmpty, mayNest(depth) else { return amqp_array_t(num_entries: 0, entries: nil) }
        let entries = allocate(amqp_field_value_t.self, count: values.count)
        for (index, value) in values.enumerated() { entries[index] = field(value, depth: depth) }
        return amqp_array_t(num_entries: Int32(values.count), entries: entries)
    }
}
