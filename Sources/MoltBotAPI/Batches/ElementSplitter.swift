/// Cuts a stream of bytes into the elements of a JSON array, or into lines with one JSON value each, as they come.
///
/// It only finds where an element ends; whether it is valid JSON is for the parser to say.
struct ElementSplitter {
    enum Failure: Error, Equatable {
        case tooLarge(limit: Int)
        /// What stands where an element, a comma or the end should.
        case misplaced(String)
        case incomplete
    }

    private enum Form {
        case unknown, array, lines
    }

    private let maximumBytes: Int
    private var form = Form.unknown
    private var element: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasEnded = false
    private var needsComma = false

    /// - Parameter maximumBytes: of one element.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Takes the next bytes and hands over each element that they complete.
    mutating func feed(_ bytes: some Sequence<UInt8>, _ complete: ([UInt8]) throws -> Void) throws {
        for byte in bytes {
            switch form {
            case .unknown: try begin(byte)
            case .array: try takeFromArray(byte, complete)
            case .lines: try takeFromLines(byte, complete)
            }
        }
    }

    /// The bytes have ended.
    mutating func finish(_ complete: ([UInt8]) throws -> Void) throws {
        switch form {
        case .unknown: throw Failure.incomplete
        case .array: if !hasEnded { throw Failure.incomplete }
        case .lines: try takeFromLines(0x0A, complete)
        }
    }

    private mutating func begin(_ byte: UInt8) throws {
        if Self.isSpace(byte) { return }
        switch byte {
        case UInt8(ascii: "["): form = .array
        case UInt8(ascii: "{"):
            form = .lines
            element.append(byte)
        default: throw Failure.misplaced(Self.name(byte))
        }
    }

    private mutating func takeFromLines(_ byte: UInt8, _ complete: ([UInt8]) throws -> Void) throws {
        guard byte == 0x0A else { return try keep(byte) }
        defer { element.removeAll(keepingCapacity: true) }
        if !element.allSatisfy(Self.isSpace) { try complete(element) }
    }

    private mutating func takeFromArray(_ byte: UInt8, _ complete: ([UInt8]) throws -> Void) throws {
        if isInString {
            try keep(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        if depth == 0 { return try takeBetween(byte) }
        try keep(byte)
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            guard depth == 0 else { return }
            needsComma = true
            defer { element.removeAll(keepingCapacity: true) }
            try complete(element)
        default: break
        }
    }

    /// Between two elements: the elements of a batch are objects.
    private mutating func takeBetween(_ byte: UInt8) throws {
        if Self.isSpace(byte) { return }
        switch byte {
        case UInt8(ascii: "{") where !needsComma && !hasEnded:
            depth = 1
            try keep(byte)
        case UInt8(ascii: ",") where needsComma && !hasEnded: needsComma = false
        case UInt8(ascii: "]") where !hasEnded: hasEnded = true
        default: throw Failure.misplaced(Self.name(byte))
        }
    }

    private mutating func keep(_ byte: UInt8) throws {
        guard element.count < maximumBytes else { throw Failure.tooLarge(limit: maximumBytes) }
        element.append(byte)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func name(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }
}
