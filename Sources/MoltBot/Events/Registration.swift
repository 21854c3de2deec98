extension MoltBot {
    /// A handler that is called until ``cancel()``, or until the client is closed. Dropping the registration keeps the handler.
    public struct Registration: Sendable {
        let end: @Sendable () -> Void

        /// No call begins after this one returns; one that runs goes on.
        public func cancel() { end() }
    }
}
