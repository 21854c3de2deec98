import CurlHTTP
import MoltBotCore

/// What an OpenAI-compatible service says went wrong.
///
/// The object is OpenAI's `{"error": {message, type, code}}`, or one of its relatives: `{"error": "text"}` (Ollama),
/// `{"object": "error", "message"}` (vLLM), `[{"error": …}]` (Google).
struct OpenAIFailure {
    /// Characters of a message that are passed on: it goes into events, and some services quote the whole request in it.
    private static let longestMessage = 4000
    private let document: JSONValue
    private let message: String
    private let type: String
    /// A word, or a number that stands for an HTTP status.
    private let code: JSONValue

    /// Nil when the document is no error.
    init?(_ document: JSONValue) {
        let document = document[0] ?? document
        let body: JSONValue
        if let error = document["error"], !error.isNull {
            body = error
        } else if document["object"] == "error" {
            body = document
        } else {
            return nil
        }
        self.document = document
        message = String((body.stringValue ?? body["message"]?.stringValue ?? "\(body)").prefix(Self.longestMessage))
        type = body["type"]?.stringValue ?? ""
        code = body["code"] ?? .null
    }

    func error(status: Int, headers: HTTPHeaders, secret: SecretString?) -> ModelError {
        // Inside a 200 (a stream, or a careless gateway) the code may carry the real status.
        let statusInside = code.integerValue.flatMap { (400...599).contains($0) ? Int($0) : nil }
        let status = status == 200 ? statusInside ?? status : status
        let shouldRetry: Bool? =
            switch headers["x-should-retry"]?.lowercased() {
            case "true": true
            case "false": false
            default: nil
            }
        return ModelError(
            kind(status: status), status: status, message: secret?.redacted(from: message) ?? message,
            retryAfter: RetryAfter.read(headers, body: document, now: .now()), isRetryable: shouldRetry)
    }

    private func kind(status: Int) -> ModelError.Kind {
        let words = [code.stringValue ?? "", type]
        if words.contains(where: ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"].contains) {
            return .quotaExhausted
        }
        if words.contains("context_length_exceeded") || message.contains("maximum context length") { return .contextLength }
        if words.contains(where: ["content_filter", "content_policy_violation"].contains) { return .contentPolicy }
        if words.contains("model_not_found") { return .notFound }
        if status >= 300 { return ModelError.Kind(httpStatus: status) }
        if words.contains("rate_limit_exceeded") { return .rateLimited }
        if words.contains("invalid_request_error") { return .invalidRequest }
        return .serverError
    }
}

extension ModelError {
    /// An answer whose status is no success.
    init(openAIStatus status: Int, headers: HTTPHeaders, body: some Collection<UInt8>, secret: SecretString?) {
        if let failure = (try? JSONValue.parse(Array(body))).flatMap(OpenAIFailure.init) {
            self = failure.error(status: status, headers: headers, secret: secret)
        } else {
            let redirect = (300...399).contains(status) ? " (redirects are not followed; check the base URL)" : ""
            self.init(
                Kind(httpStatus: status), status: status,
                message: "The provider answered \(status)\(redirect) with \(BodyExcerpt(body, hiding: secret))",
                retryAfter: RetryAfter.read(headers, body: nil, now: .now()))
        }
    }
}
