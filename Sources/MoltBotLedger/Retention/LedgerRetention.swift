/// How much a node's ledger keeps. The stream itself is kept by the broker's policy, usually shorter.
package struct LedgerRetention: Sendable, Equatable {
    /// Tasks older than this go, by the time they were created.
    package var age: Duration
    /// Bytes of the file in use; above it the oldest tasks go.
    package var maximumBytes: Int

    package init(age: Duration = .seconds(30 * 86_400), maximumBytes: Int = 10 << 30) {
        self.age = age
        self.maximumBytes = maximumBytes
    }
}
