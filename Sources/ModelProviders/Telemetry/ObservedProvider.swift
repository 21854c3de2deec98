package import MoltBotCore
import Tracing

/// A provider whose calls are counted, timed and traced.
///
/// Metrics: timer `moltbot.model.call.duration` (provider, model, outcome) and counter `moltbot.model.tokens` (provider, model, direction).
/// The span is `chat <model>` with the attributes of OpenTelemetry's GenAI conventions; prompts and answers are never in it.
package struct ObservedProvider: ModelProvider {
    private let provider: any ModelProvider
    private let metrics: CallMetrics

    package init(_ provider: any ModelProvider) {
        self.provider = provider
        metrics = CallMetrics(provider: provider.name)
    }

    package var name: String { provider.name }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        let start = ContinuousClock.now
        // Thousands of calls wait at once; a span that nobody hears costs each of them two frames.
        let isTraced = !(InstrumentationSystem.tracer is NoOpTracer)
        let result = isTraced ? await tracedOutcome(of: call, onDelta) : await outcome(of: call, onDelta)
        metrics.record(result, model: call.model, duration: ContinuousClock.now - start)
        return try result.get()
    }

    private func tracedOutcome(of call: ModelCall, _ onDelta: DeltaHandler?) async -> Result<ModelAnswer, ModelError> {
        let operation = call.content.operation == .chat ? "chat" : "embeddings"
        return await withSpan("\(operation) \(call.model)", ofKind: .client) { span in
            span.attributes["gen_ai.operation.name"] = operation
            span.attributes["gen_ai.provider.name"] = provider.name
            span.attributes["gen_ai.request.model"] = call.model
            let result = await outcome(of: call, onDelta)
            Self.describe(result, in: span)
            return result
        }
    }

    private func outcome(of call: ModelCall, _ onDelta: DeltaHandler?) async -> Result<ModelAnswer, ModelError> {
        do throws(ModelError) {
            return .success(try await provider.complete(call, onDelta: onDelta))
        } catch {
            return .failure(error)
        }
    }

    private static func describe(_ result: Result<ModelAnswer, ModelError>, in span: any Span) {
        switch result {
        case .success(let answer):
            span.attributes["gen_ai.response.model"] = answer.providerModel
            if let reason = answer.finishReason { span.attributes["gen_ai.response.finish_reasons"] = [reason] }
            if let usage = answer.usage {
                span.attributes["gen_ai.usage.input_tokens"] = usage.inputTokens
                span.attributes["gen_ai.usage.output_tokens"] = usage.outputTokens
            }
        case .failure(let error):
            span.attributes["error.type"] = error.kind.rawValue
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error, message: error.kind.rawValue))
        }
    }
}
