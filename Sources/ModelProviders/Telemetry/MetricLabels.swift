import Synchronization

/// The names that get time series of their own; all others share ``other``. Users may bring any number of model and deployment names, and a
/// metrics backend keeps every one that it has ever seen.
package final class MetricLabels: Sendable {
    /// OpenTelemetry's word for what is not told apart.
    package static let other = "_OTHER"

    /// Of this process, whoever calls them: providers and deployments come and go with the settings.
    package static let models = MetricLabels(limit: 200)
    package static let deployments = MetricLabels(limit: 200)

    private let limit: Int
    private let known = Mutex<Set<String>>([])

    package init(limit: Int) {
        self.limit = limit
    }

    /// Whether a name is one of those; as long as there is room it becomes one.
    package func admits(_ name: String) -> Bool {
        known.withLock { known in
            if known.count < limit { known.insert(name) }
            return known.contains(name)
        }
    }
}
