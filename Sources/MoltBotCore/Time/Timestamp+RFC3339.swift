extension Timestamp: CustomStringConvertible {
    /// For example `2026-12-01T00:00:00.250Z`: always UTC, always milliseconds, so that texts sort like the moments they name.
    package var rfc3339: String {
        let days = millisecondsSinceEpoch.flooredQuotient(86_400_000)
        // Wraps where the first day of the range began before it; the rest of a day never does.
        let millisecondOfDay = millisecondsSinceEpoch &- days &* 86_400_000
        let date = CivilDate(daysSinceEpoch: days)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var position = 0
            func put(_ value: Int64, width: Int, then separator: Unicode.Scalar) {
                var rest = value
                for index in stride(from: position + width - 1, through: position, by: -1) {
                    buffer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                buffer[position + width] = UInt8(ascii: separator)
                position += width + 1
            }
            put(min(max(date.year, 0), 9999), width: 4, then: "-")
            put(date.month, width: 2, then: "-")
            put(date.day, width: 2, then: "T")
            put(millisecondOfDay / 3_600_000, width: 2, then: ":")
            put(millisecondOfDay / 60_000 % 60, width: 2, then: ":")
            put(millisecondOfDay / 1000 % 60, width: 2, then: ".")
            put(millisecondOfDay % 1000, width: 3, then: "Z")
            return position
        }
    }

    package var description: String { rfc3339 }

    /// Reads an RFC 3339 date-time with any offset; digits below the millisecond are dropped. Nil when it is none.
    package init?(rfc3339 text: String) {
        var reader = DateTimeReader(text.utf8)
        guard let year = reader.number(digits: 4), reader.take("-"),
            let month = reader.number(digits: 2), reader.take("-"),
            let day = reader.number(digits: 2), reader.take("T", orLowercase: true) || reader.take(" "),
            let hour = reader.number(digits: 2), reader.take(":"),
            let minute = reader.number(digits: 2), reader.take(":"),
            let second = reader.number(digits: 2),
            let milliseconds = reader.fraction(),
            let offsetMinutes = reader.offset(),
            reader.isAtEnd
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        // Second 60 is a leap second (RFC 3339, 5.6); it counts as the first moment of the next minute.
        guard date.isValid, hour < 24, minute < 60, second <= 60 else { return nil }
        let secondOfDay = hour * 3600 + (minute - offsetMinutes) * 60 + second
        self.init(millisecondsSinceEpoch: (date.daysSinceEpoch * 86_400 + secondOfDay) * 1000 + milliseconds)
    }
}

private struct DateTimeReader {
    private var rest: Substring.UTF8View

    init(_ text: String.UTF8View) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ scalar: Unicode.Scalar, orLowercase: Bool = false) -> Bool {
        guard let byte = rest.first else { return false }
        guard byte == UInt8(ascii: scalar) || orLowercase && byte == UInt8(ascii: scalar) | 0x20 else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let digit = takeDigit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Milliseconds of the optional fraction; nil when a point is not followed by a digit.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        var milliseconds: Int64 = 0
        var scale: Int64 = 100
        guard let first = takeDigit() else { return nil }
        milliseconds = first * scale
        while let digit = takeDigit() {
            scale /= 10
            milliseconds += digit * scale
        }
        return milliseconds
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if take("Z", orLowercase: true) { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2), take(":"), let minutes = number(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private mutating func takeDigit() -> Int64? {
        guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        rest.removeFirst()
        return Int64(byte - UInt8(ascii: "0"))
    }
}
