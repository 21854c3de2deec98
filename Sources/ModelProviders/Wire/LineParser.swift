/// Cuts a byte stream into lines, one JSON document each (NDJSON), wherever the network cut it.
struct LineParser {
    private var line: [UInt8] = []

    /// The lines that these bytes complete, without their ends; empty ones are left out.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        for position in bytes.indices where bytes[position] == 0x0A {
            line.append(contentsOf: bytes[start..<position])
            start = position + 1
            if let line = take() { lines.append(line) }
        }
        line.append(contentsOf: bytes[start...])
        return lines
    }

    /// The last line, which need not have an end.
    mutating func finish() -> [UInt8]? { take() }

    private mutating func take() -> [UInt8]? {
        defer { line.removeAll(keepingCapacity: true) }
        if line.last == 0x0D { line.removeLast() }
        return line.isEmpty ? nil : line
    }
}
