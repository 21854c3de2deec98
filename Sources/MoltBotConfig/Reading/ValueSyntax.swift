/// How values are written, in flags, variables and files alike.
package enum ValueSyntax {
    package static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    /// `90`, `90s`, `1.5m`, `250ms`, `7d`.
    package static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        return switch unit {
        case "", "s": .seconds(number)
        case "ms": .milliseconds(number)
        case "m", "min": .seconds(number * 60)
        case "h": .seconds(number * 3600)
        case "d": .seconds(number * 86_400)
        default: nil
        }
    }

    /// `8388608`, `8MiB`.
    package static func size(_ text: String) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let factors: [String: Double] = ["": 1, "b": 1, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824]
        return factors[unit].flatMap { Int(exactly: (number * $0).rounded()) }
    }

    /// `a, b,c` without empty parts.
    package static func list(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// A number and the lower-case unit behind it.
    private static func split(_ text: String) -> (Double, String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        // The bound keeps conversions to integers below from overflowing.
        guard let number = Double(digits), number < 1e15 else { return nil }
        return (number, text[digits.endIndex...].drop(while: \.isWhitespace).lowercased())
    }
}

extension Duration {
    /// As it would be written in the file: `25m`, `90s`, `250ms`.
    package var settingText: String {
        let (seconds, attoseconds) = components
        guard attoseconds == 0 else { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds >= 3600, seconds.isMultiple(of: 3600) { return "\(seconds / 3600)h" }
        return seconds >= 60 && seconds.isMultiple(of: 60) ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
