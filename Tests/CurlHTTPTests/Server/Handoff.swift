import NIOCore
import NIOPosix

/// Carries one value from a server's closure to the test.
struct Handoff<Value: Sendable>: Sendable {
    private let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Value.self)

    /// Only the first is kept.
    func give(_ value: Value) {
        promise.succeed(value)
    }

    var value: Value {
        get async throws { try await promise.futureResult.get() }
    }
}
