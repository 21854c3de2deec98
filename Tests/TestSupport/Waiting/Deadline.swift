/// How many times as long as it says a deadline is. The tests say what a machine of their own needs; they often share one with others,
/// and then stand still for seconds. A deadline is there to end what hangs, and never to measure.
private let patience = 5

/// Runs `body` and fails with a message that names `what` if it takes much longer than `duration`.
///
/// At the deadline the body is cancelled; a body that ignores cancellation still has to end before this returns.
package func withDeadline<Result: Sendable>(
    _ duration: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let duration = duration * patience
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await ContinuousClock().sleep(for: duration)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
            throw TestSupportError(.deadlinePassed, "Waited \(duration) for \(what), in vain.")
        }
        return result
    }
}
