internal import MoltBotCore
internal import MoltBotLedger

/// What happens in a minute, over the last five of them.
struct Rates: Sendable, Equatable {
    /// Whole minutes before the running one.
    private static let minutes: Int64 = 4
    private static let minute: Int64 = 60_000

    let window: Duration
    let submitted: Double
    let completed: Double
    /// Failed, cancelled or expired.
    let failed: Double

    init(_ minutes: [LedgerStatistics.Minute], at now: Timestamp) {
        let start = (now.millisecondsSinceEpoch / Self.minute - Self.minutes) * Self.minute
        window = .milliseconds(now.millisecondsSinceEpoch - start)
        let length = window / .seconds(60)
        let recent = minutes.filter { $0.start.millisecondsSinceEpoch >= start }
        let rate = { (count: Int) in (Double(count) / length * 100).rounded() / 100 }
        submitted = rate(recent.reduce(0) { $0 + $1.submitted })
        completed = rate(recent.reduce(0) { $0 + $1.completed })
        failed = rate(recent.reduce(0) { $0 + $1.failed })
    }
}
