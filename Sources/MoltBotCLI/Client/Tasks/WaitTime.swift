import ArgumentParser

/// The option `--timeout` of commands that wait.
enum WaitTime {
    /// A year: beyond that nobody waits, and durations overflow.
    private static let longest = 31_536_000.0

    static func check(_ seconds: Double?) throws {
        guard let seconds, !(seconds > 0 && seconds <= longest) else { return }
        throw ValidationError("--timeout is more than 0 and at most \(Int(longest)) seconds, not \(seconds)")
    }

    static func deadline(_ seconds: Double?) -> ContinuousClock.Instant? { seconds.map { .now.advanced(by: .seconds($0)) } }
}
