import Metrics
import MoltBotCore
import Synchronization
import Testing

@testable import ModelProviders
@testable import MoltBotWorker

@Suite("Labels of metrics") struct MetricLabelTests {
    /// A metrics backend that remembers what every one remembers for ever: which series there are.
    private final class SeriesCounter: MetricsFactory {
        private let names = Mutex<Set<String>>([])

        var series: Set<String> { names.withLock(\.self) }

        func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { note(label, dimensions) }
        func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler { note(label, dimensions) }
        func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { note(label, dimensions) }
        func destroyCounter(_ handler: any CounterHandler) {}
        func destroyRecorder(_ handler: any RecorderHandler) {}
        func destroyTimer(_ handler: any TimerHandler) {}

        private func note(_ label: String, _ dimensions: [(String, String)]) -> NOOPMetricsHandler {
            _ = names.withLock { $0.insert("\(label) \(dimensions.map { "\($0)=\($1)" }.joined(separator: " "))") }
            return .instance
        }
    }

    private let backend = SeriesCounter()

    @Test("However many models tasks name, also at several deployments, there are series for the first 200 and one for the others")
    func models() {
        let labels = MetricLabels(limit: 200)
        let outcomes: [ModelError.Kind] = [.notFound, .serverError]
        for _ in 1...2 {
            let metrics = CallMetrics(provider: "openai", models: labels, factory: backend)
            for number in 0..<10_000 {
                for kind in outcomes {
                    let error = ModelError(kind, message: "no model number \(number)")
                    metrics.record(.failure(error), model: "model-\(number)", duration: .milliseconds(1))
                }
            }
        }
        #expect(backend.series.count == 201 * outcomes.count)
        #expect(backend.series.contains("moltbot.model.call.duration provider=openai model=_OTHER outcome=not_found"))
        #expect(!backend.series.contains { $0.contains("number") })
    }

    @Test("Deployments that come and go at run time do not leave ever more series behind")
    func deployments() {
        let labels = MetricLabels(limit: 200)
        for number in 0..<10_000 {
            _ = DeploymentMetrics(deployment: "deployment-\(number)", model: "model-\(number)", known: labels, factory: backend)
        }
        // Of one deployment: calls by outcome, switches, cost and calls without a price.
        let each = ModelError.Kind.allCases.count + 4
        #expect(backend.series.count == 201 * each)
        #expect(backend.series.contains("moltbot.deployment.switches deployment=_OTHER model=_OTHER"))
    }
}
