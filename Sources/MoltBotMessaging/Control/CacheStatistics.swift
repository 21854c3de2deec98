package import MoltBotCore

/// What became of one worker's look-ups for answers to use again, since it started, and what it keeps.
package struct CacheStatistics: Sendable, Equatable {
    package var hits = 0
    /// The same request was on its way already.
    package var shared = 0
    /// A call was made.
    package var misses = 0
    /// Answers that gave way to newer ones because the memory for them was used up.
    package var evictions = 0
    package var answers = 0
    package var bytes = 0

    package init() {}

    /// Those of several workers together.
    package static func + (one: CacheStatistics, other: CacheStatistics) -> CacheStatistics {
        var sum = CacheStatistics()
        for (_, count) in members { sum[keyPath: count] = one[keyPath: count] + other[keyPath: count] }
        return sum
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, count) in Self.members { writer.member(name, self[keyPath: count]) }
        writer.endObject()
    }

    var document: JSONValue {
        .object(Dictionary(uniqueKeysWithValues: Self.members.map { ("\($0)", .integer(Int64(self[keyPath: $1]))) }))
    }

    init(_ document: JSONValue) {
        for (name, count) in Self.members { self[keyPath: count] = document["\(name)"]?.countValue ?? 0 }
    }

    private static var members: [(StaticString, WritableKeyPath<CacheStatistics, Int>)] {
        [
            ("hits", \.hits), ("shared", \.shared), ("misses", \.misses), ("evictions", \.evictions), ("answers", \.answers),
            ("bytes", \.bytes),
        ]
    }
}
