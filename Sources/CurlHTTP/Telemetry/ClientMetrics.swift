import Metrics

/// What one client reports. Used on the loop thread only; timers are made once for each combination of dimensions.
final class ClientMetrics {
    private struct Key: Hashable {
        let method: String
        let status: String
    }

    /// Other methods are reported as `_OTHER`, so that callers cannot make any number of series (OpenTelemetry's convention).
    private static let knownMethods: Set = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

    private var durations: [Key: Timer] = [:]
    private let inFlight = Meter(label: "http.client.requests.in_flight")
    private var lastInFlight = -1

    /// Records one ended exchange; without a status it counts as `error`.
    func recordDuration(_ nanoseconds: UInt64, method: String, status: Int?) {
        let statusClass =
            switch status {
            case .some(..<200): "1xx"
            case .some(..<300): "2xx"
            case .some(..<400): "3xx"
            case .some(..<500): "4xx"
            case .some: "5xx"
            case nil: "error"
            }
        let key = Key(method: method, status: statusClass)
        if let timer = durations[key] {
            timer.recordNanoseconds(Int64(nanoseconds))
        } else {
            let known = Self.knownMethods.contains(method) ? method : "_OTHER"
            let timer = Timer(
                label: "http.client.request.duration", dimensions: [("method", known), ("status", statusClass)])
            if known == method { durations[key] = timer }
            timer.recordNanoseconds(Int64(nanoseconds))
        }
    }

    func recordInFlight(_ count: Int) {
        guard count != lastInFlight else { return }
        lastInFlight = count
        inFlight.set(count)
    }
}
