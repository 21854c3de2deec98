/// Keeps a piece of work whole when the calling task is cancelled.
enum Shield {
    /// Runs the body to its end in a task of its own. A half-done launch would leave a broker nobody knows of, and a stop is
    /// most often asked for by a program that is itself being cancelled.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(PrivateBrokerError) -> Value
    ) async throws(PrivateBrokerError) -> Value {
        let work = Task { () async -> Result<Value, PrivateBrokerError> in
            do throws(PrivateBrokerError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        return try await work.value.get()
    }
}
