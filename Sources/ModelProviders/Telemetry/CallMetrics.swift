import Metrics
import MoltBotCore
import Synchronization

/// The instruments of one provider, made once each: making one asks the metrics backend under its lock.
final class CallMetrics: Sendable {
    private struct Call: Hashable {
        let model: String
        let outcome: String
    }

    private struct Tokens {
        let input: Counter
        let output: Counter
    }

    private let provider: String
    private let models: MetricLabels
    private let factory: any MetricsFactory
    private let timers = Mutex<[Call: Timer]>([:])
    private let tokens = Mutex<[String: Tokens]>([:])

    init(provider: String, models: MetricLabels = .models, factory: any MetricsFactory = MetricsSystem.factory) {
        self.provider = provider
        self.models = models
        self.factory = factory
    }

    func record(_ result: Result<ModelAnswer, ModelError>, model: String, duration: Duration) {
        let model = models.admits(model) ? model : MetricLabels.other
        switch result {
        case .success(let answer):
            timer(model, outcome: "ok").record(duration: duration)
            if let usage = answer.usage {
                let counters = counters(model)
                counters.input.increment(by: usage.inputTokens)
                counters.output.increment(by: usage.outputTokens)
            }
        case .failure(let error):
            timer(model, outcome: error.kind.rawValue).record(duration: duration)
        }
    }

    private func timer(_ model: String, outcome: String) -> Timer {
        timers.withLock { timers in
            let call = Call(model: model, outcome: outcome)
            if let timer = timers[call] { return timer }
            let timer = Timer(
                label: "moltbot.model.call.duration", dimensions: [("provider", provider), ("model", model), ("outcome", outcome)],
                factory: factory)
            timers[call] = timer
            return timer
        }
    }

    private func counters(_ model: String) -> Tokens {
        tokens.withLock { tokens in
            if let counters = tokens[model] { return counters }
            func counter(_ direction: String) -> Counter {
                Counter(
                    label: "moltbot.model.tokens", dimensions: [("provider", provider), ("model", model), ("direction", direction)],
                    factory: factory)
            }
            let counters = Tokens(input: counter("input"), output: counter("output"))
            tokens[model] = counters
            return counters
        }
    }
}
