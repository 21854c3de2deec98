/// A name and its value in one call; nil is written as null.
extension JSONWriter {
    package mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    package mutating func member(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Double?) {
        self.name(name)
        if let value { number(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Timestamp?) {
        self.name(name)
        if let value { timestamp(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: JSONValue?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: [String: JSONValue]) {
        self.name(name)
        object(value)
    }

    package mutating func member(_ name: StaticString, _ values: [String]) {
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// Seconds, without a fraction when they are whole.
    package mutating func member(_ name: StaticString, seconds value: Duration) {
        self.name(name)
        let (seconds, attoseconds) = value.components
        if attoseconds == 0 { integer(seconds) } else { number(value / .seconds(1)) }
    }

    package mutating func timestamp(_ value: Timestamp) { string(value.rfc3339) }
}
