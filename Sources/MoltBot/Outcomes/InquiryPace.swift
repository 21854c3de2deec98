/// How often the ledger is asked about a task whose end may have been missed, and how long each time.
///
/// Asking its nodes costs next to nothing: questions that come together share a message. Reading the ledger itself costs the broker, so
/// that ends after a few tries; from then on a node has to come that knows.
struct InquiryPace: Sendable {
    /// Of one try, for a node's answer and for a reading, each.
    private static let patience: [Duration] = [.seconds(2), .seconds(5), .seconds(10)]
    /// After each try.
    private static let pauses: [Duration] = [.seconds(5), .seconds(15), .seconds(30), .seconds(60)]

    /// What a try may take.
    struct Effort: Sendable, Equatable {
        var patience: Duration
        var readsLedger: Bool
    }

    private var tries = 0

    /// The effort of the next try.
    mutating func next() -> Effort {
        defer { tries += 1 }
        return Effort(patience: Self.patience[min(tries, Self.patience.count - 1)], readsLedger: tries < Self.patience.count)
    }

    /// How long to wait after the try.
    /// - Parameter jitter: 0 to 1, at random, so that those who missed the same outage don't ask all at once.
    func pause(jitter: Double) -> Duration {
        Self.pauses[min(max(0, tries - 1), Self.pauses.count - 1)] * (0.75 + jitter / 2)
    }
}
