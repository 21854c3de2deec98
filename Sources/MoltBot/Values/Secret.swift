internal import MoltBotCore

extension MoltBot {
    /// A key or password that no log, error or dump shows.
    public struct Secret: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible, CustomDebugStringConvertible,
        CustomReflectable
    {
        private let value: String

        public init(_ value: String) {
            self.value = value
        }

        public init(stringLiteral value: String) {
            self.init(value)
        }

        /// The secret itself, for the one place that uses it.
        public func reveal() -> String { value }

        var string: SecretString { SecretString(value) }

        public var description: String { "***" }
        public var debugDescription: String { description }
        public var customMirror: Mirror { Mirror(self, children: []) }
    }
}
