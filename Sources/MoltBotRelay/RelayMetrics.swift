internal import Metrics
internal import MoltBotCore
internal import Synchronization

/// The relay's instruments. Labels are bounded: outcomes and states are few; URLs and endpoints are never labels.
final class RelayMetrics: Sendable {
    enum Outcome: String, CaseIterable {
        case delivered, failed, refused, aborted
    }

    private let attempts: [Outcome: Counter]
    private let duration = Timer(label: "moltbot.webhook.attempt.duration")
    private let lag = Timer(label: "moltbot.webhook.delivery.lag")
    private let routed = Counter(label: "moltbot.webhook.routed")
    private let isRouting = Gauge(label: "moltbot.webhook.routing")
    private let exhaustedCount = Counter(label: "moltbot.webhook.exhausted")
    private let deferredCount = Counter(label: "moltbot.webhook.deferred")
    private let gauges: [EndpointState.Phase: Gauge]
    private let counts = Mutex<[EndpointState.Phase: Int]>([:])

    init() {
        attempts = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map {
                ($0, Counter(label: "moltbot.webhook.attempts", dimensions: [("outcome", $0.rawValue)]))
            })
        gauges = Dictionary(
            uniqueKeysWithValues: EndpointState.Phase.allCases.map {
                ($0, Gauge(label: "moltbot.webhook.endpoints", dimensions: [("state", $0.rawValue)]))
            })
    }

    func routed(_ deliveries: Int) { routed.increment(by: deliveries) }
    /// Whether this relay takes events: 0 while it stands by for another one.
    func routes(_ isRouting: Bool) { self.isRouting.record(isRouting ? 1 : 0) }
    func exhausted() { exhaustedCount.increment() }
    func deferred() { deferredCount.increment() }

    func attempted(_ report: AttemptReport, eventTime: Timestamp) {
        let outcome: Outcome =
            switch report.verdict {
            case .delivered, .disable(_, isDelivered: true): .delivered
            case .retry: .failed
            case .disable: .refused
            case .abort: .aborted
            }
        attempts[outcome]?.increment()
        duration.recordMilliseconds(report.duration.wholeMilliseconds)
        // From the event to its receiver, waits for retries included.
        if outcome == .delivered { lag.recordMilliseconds(max(0, (Timestamp.now() - eventTime).wholeMilliseconds)) }
    }

    /// An endpoint has gone from one phase to another; nil: it was not there before, or is no longer.
    func endpointChanged(from old: EndpointState.Phase?, to new: EndpointState.Phase?) {
        guard old != new else { return }
        counts.withLock { counts in
            for (phase, change) in [(old, -1), (new, 1)] {
                guard let phase else { continue }
                counts[phase, default: 0] += change
                gauges[phase]?.record(counts[phase, default: 0])
            }
        }
    }
}
