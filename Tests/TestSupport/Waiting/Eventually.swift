/// Returns when `isSo`, and fails with a message that names `what` if that takes too long: for what nobody announces. What is announced
/// is waited for with a ``Recorder``.
package func eventually(
    _ what: String, within duration: Duration = .seconds(60), _ isSo: @escaping @Sendable () async throws -> Bool
) async throws {
    try await withDeadline(duration, "the moment when \(what)") {
        // The pause leaves the processor to those who are waited for.
        while try await !isSo() { try await ContinuousClock().sleep(for: .milliseconds(20)) }
    }
}
