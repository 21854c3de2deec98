extension MoltBot {
    /// How urgent a task is: 0 to 10, 10 the most urgent. Numbers beyond count as the nearest of these.
    public struct Priority: Sendable, Hashable, Comparable, ExpressibleByIntegerLiteral {
        public let value: Int

        public init(_ value: Int) {
            self.value = min(max(value, 0), 10)
        }

        public init(integerLiteral value: Int) {
            self.init(value)
        }

        public static let low = Priority(1)
        public static let normal = Priority(5)
        public static let high = Priority(8)
        public static let critical = Priority(10)

        public static func < (left: Priority, right: Priority) -> Bool { left.value < right.value }
    }
}
