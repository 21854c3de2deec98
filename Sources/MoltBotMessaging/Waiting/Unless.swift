/// Runs `work` until it returns, or until `stopped` does; then `work` is cancelled, and nil is returned once it has ended.
/// - Parameter stopped: returns when something is over, at once if it is already, and when it is cancelled.
func unless<Result: Sendable>(
    _ stopped: @escaping @Sendable () async -> Void, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            await stopped()
            return nil
        }
        group.addTask { try await work() }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
