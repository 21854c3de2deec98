extension JSONParser {
    /// Powers of ten that a double holds exactly.
    private static let exactPowersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }

        var digits = Digits()
        let integerStart = position
        takeDigits(into: &digits)
        guard position > integerStart else { throw failure("expected a digit") }
        guard position == integerStart + 1 || bytes[integerStart] != UInt8(ascii: "0") else {
            throw failure("a number must not start with 0", at: integerStart)
        }

        var exponent = 0
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let fractionStart = position
            takeDigits(into: &digits)
            guard position > fractionStart else { throw failure("expected a digit after the decimal point") }
            exponent = fractionStart - position
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            exponent += try parseExponent()
        }

        if isInteger, let value = digits.integer(isNegative: isNegative) { return .integer(value) }
        return .number(try double(digits, exponent: exponent, isNegative: isNegative, text: start..<position))
    }

    private mutating func takeDigits(into digits: inout Digits) {
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { return }
            digits.append(digit)
            position += 1
        }
    }

    private mutating func parseExponent() throws(JSONError) -> Int {
        position += 1
        var isNegative = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        var digits = Digits()
        let start = position
        takeDigits(into: &digits)
        guard position > start else { throw failure("expected a digit in the exponent") }
        // Beyond any double; the exact figure no longer matters, and clamping keeps the sum from overflowing.
        let magnitude = Int(digits.isExact ? min(digits.value, 1_000_000) : 1_000_000)
        return isNegative ? -magnitude : magnitude
    }

    private func double(_ digits: Digits, exponent: Int, isNegative: Bool, text: Range<Int>) throws(JSONError) -> Double {
        // Clinger's fast path: both operands are exact, so one rounding gives the nearest double.
        if digits.isExact, digits.value <= 1 << 53, Self.exactPowersOfTen.indices.contains(exponent.magnitudeAsIndex) {
            let power = Self.exactPowersOfTen[exponent.magnitudeAsIndex]
            let value = exponent < 0 ? Double(digits.value) / power : Double(digits.value) * power
            return isNegative ? -value : value
        }
        guard let value = Double(String(decoding: bytes[text], as: UTF8.self)), value.isFinite else {
            throw failure("the number is too large", at: text.lowerBound)
        }
        return value
    }
}

/// The digits of a number as far as 64 bits hold them.
private struct Digits {
    private(set) var value: UInt64 = 0
    /// False once digits were lost.
    private(set) var isExact = true

    mutating func append(_ digit: UInt8) {
        guard isExact else { return }
        let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = tens.addingReportingOverflow(UInt64(digit))
        isExact = !tooLarge && !overflow
        if isExact { value = sum }
    }

    /// Nil when it does not fit, and for `-0`, whose sign only a double keeps.
    func integer(isNegative: Bool) -> Int64? {
        guard isExact else { return nil }
        guard isNegative else { return Int64(exactly: value) }
        guard value != 0, value <= Int64.min.magnitude else { return nil }
        return Int64(truncatingIfNeeded: 0 &- value)
    }
}

extension Int {
    fileprivate var magnitudeAsIndex: Int { Int(clamping: magnitude) }
}
