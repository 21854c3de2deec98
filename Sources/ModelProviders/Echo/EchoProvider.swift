package import MoltBotCore

/// The built-in model `echo`: says what it was told. For tests, demonstrations and measurements; the same call always has the same result.
///
/// The parameters `echo_delay_ms`, `echo_failure_rate` (0 to 1) and `echo_status` change one call; what they leave out is as configured.
package struct EchoProvider: ModelProvider {
    package struct Settings: Sendable, Equatable {
        /// Before the answer begins.
        package var delay: Duration
        /// The share of calls that fail: chosen by the text and the attempt's number, so that a retry may succeed.
        package var failureRate: Double
        /// The HTTP status that failures pretend to have; without a failure rate every call fails with it.
        package var status: Int?

        package init(delay: Duration = .zero, failureRate: Double = 0, status: Int? = nil) {
            self.delay = delay
            self.failureRate = failureRate
            self.status = status
        }
    }

    package let name = "echo"
    private let settings: Settings

    package init(settings: Settings = Settings()) {
        self.settings = settings
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        let settings = try settings.overridden(by: call.parameters)
        try await wait(settings.delay, timeout: call.timeout)
        let heard = EchoHearing(call.content)
        if settings.fails(heard.text, attempt: call.attempt) {
            let status = settings.status ?? 503
            throw ModelError(ModelError.Kind(httpStatus: status), status: status, message: "The echo model was told to fail")
        }
        guard call.content.operation == .chat else { return heard.embeddings(model: call.model) }
        if call.isStreamed, let onDelta {
            for word in heard.pieces { try await deliver(word, to: onDelta) }
        }
        return ModelAnswer(
            text: heard.text, message: ["role": "assistant", "content": .string(heard.text)], finishReason: "stop",
            usage: Usage(inputTokens: heard.words, outputTokens: heard.words), providerModel: call.model)
    }

    private func wait(_ delay: Duration, timeout: Duration) async throws(ModelError) {
        let isTooLong = delay > timeout
        do {
            if delay > .zero { try await Task.sleep(for: isTooLong ? timeout : delay) } else { try Task.checkCancellation() }
        } catch {
            throw ModelError(.cancelled, message: "The call was cancelled")
        }
        if isTooLong { throw ModelError(.timeout, message: "No answer within \(timeout)") }
    }

    private func deliver(_ text: String, to onDelta: DeltaHandler) async throws(ModelError) {
        do {
            try await onDelta(ModelDelta(text: text))
        } catch {
            throw ModelError(.cancelled, message: "The answer could not be passed on: \(error)")
        }
    }
}

extension EchoProvider.Settings {
    fileprivate func overridden(by parameters: TaskParameters) throws(ModelError) -> EchoProvider.Settings {
        var settings = self
        if let value = parameters["echo_delay_ms"] {
            guard let milliseconds = value.integerValue, (0...86_400_000).contains(milliseconds) else {
                throw refusal("echo_delay_ms", "a whole number from 0 to 86400000", value)
            }
            settings.delay = .milliseconds(milliseconds)
        }
        if let value = parameters["echo_status"] {
            guard let status = value.integerValue, (400...599).contains(status) else {
                throw refusal("echo_status", "an HTTP status from 400 to 599", value)
            }
            settings.status = Int(status)
            settings.failureRate = 1
        }
        if let value = parameters["echo_failure_rate"] {
            guard let rate = value.doubleValue, (0...1).contains(rate) else {
                throw refusal("echo_failure_rate", "a number from 0 to 1", value)
            }
            settings.failureRate = rate
        }
        return settings
    }

    private func refusal(_ name: String, _ expected: String, _ value: JSONValue) -> ModelError {
        ModelError(.invalidRequest, message: "parameters.\(name): expected \(expected), got \(value)")
    }

    fileprivate func fails(_ text: String, attempt: Int) -> Bool {
        guard failureRate > 0 else { return false }
        let hash = EchoHearing.hash("\(attempt) \(text)")
        return Double(hash >> 11) / Double(1 << 53) < failureRate
    }
}
