extension MoltBot {
    /// A piece of an answer that is still being written.
    public struct Delta: Sendable, Hashable, CustomStringConvertible {
        /// What came since the piece before.
        public var text: String
        /// True when the pieces before this one no longer count: an attempt failed, and the answer begins anew.
        public var isRestart: Bool

        public var description: String { text }
    }
}
