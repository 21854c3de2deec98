import MoltBotCore

/// What an OpenAI-compatible service says went wrong.
///
/// The object is OpenAI's `{"error": {message, type, code}}`, or one of its relatives: `{"error": "text"}` (Ollama, xAI),
/// `{"object": "error", "message"}` (vLLM), `[{"error": …}]` (Google), `{"statusCode", "message"}` (Azure's gateway), `{"detail"}` (FastAPI).
enum OpenAIFault {
    /// The words that stand in `code`, `type`, `innererror.code` or a detail's `reason`, in lower case.
    private static let kinds: [String: ModelError.Kind] = [
        "insufficient_quota": .quotaExhausted, "credit_balance_exhausted": .quotaExhausted, "billing_hard_limit_reached": .quotaExhausted,
        "exceeded_current_quota_error": .quotaExhausted /* Moonshot */, "arrearage": .quotaExhausted /* Qwen */,
        "context_length_exceeded": .contextLength, "exceed_context_size_error": .contextLength /* llama.cpp */,
        "content_filter": .contentPolicy, "content_policy_violation": .contentPolicy, "responsibleaipolicyviolation": .contentPolicy,
        "data_inspection_failed": .contentPolicy /* Qwen */, "model_not_found": .notFound, "deploymentnotfound": .notFound,
        "engine_overloaded_error": .overloaded /* Moonshot, with status 429 */, "api_key_invalid": .auth /* Google, with status 400 */,
    ]
    /// The same where no status says it, inside a 200.
    private static let kindsInside: [String: ModelError.Kind] = [
        "rate_limit_exceeded": .rateLimited, "rate_limit_error": .rateLimited, "overloaded_error": .overloaded,
        "invalid_request_error": .invalidRequest, "invalid_api_key": .auth, "authentication_error": .auth,
    ]
    /// Groq's own status: the flexible tier has no capacity now.
    private static let groqCapacity = 498

    /// Nil when the document is no error.
    static func read(_ document: JSONValue, status: Int) -> WireFault? {
        guard let body = body(of: document[0] ?? document, status: status) else { return nil }
        let message = sentence(body)
        // Inside a 200 (a stream, or a careless gateway) the code may carry the real status.
        let inside = body["code"]?.integerValue ?? body["status"]?.integerValue ?? body["code"]?.stringValue.flatMap(Int64.init)
        let status = status == 200 ? inside.flatMap { (400...599).contains($0) ? Int($0) : nil } ?? status : status
        return WireFault(
            kind(of: body, message: message, status: status), status: status, message,
            retryAfter: RetryAfter.retryDelay(body) ?? RetryAfter.sentence(message))
    }

    private static func body(of document: JSONValue, status: Int) -> JSONValue? {
        if let error = document["error"], !error.isNull { return error }
        if document["object"] == "error" { return document }
        // OpenRouter reports what breaks off in the choice.
        if let error = document["choices"]?[0]?["error"], !error.isNull { return error }
        guard status != 200, document["message"] != nil || document["detail"] != nil else { return nil }
        return document
    }

    private static func sentence(_ body: JSONValue) -> String {
        body.stringValue ?? body["message"]?.stringValue ?? body["detail"]?.stringValue ?? body["detail"]?[0]?["msg"]?.stringValue
            ?? body.description
    }

    private static func kind(of body: JSONValue, message: String, status: Int) -> ModelError.Kind {
        let reasons = (body["details"]?.arrayValue ?? []).map { $0["reason"] }
        let words = ([body["code"], body["type"], body["innererror"]?["code"]] + reasons).compactMap { $0?.stringValue?.lowercased() }
        if let kind = words.lazy.compactMap({ kinds[$0] }).first { return kind }
        if let kind = FaultWording.kind(of: message) { return kind }
        if status == groqCapacity { return .overloaded }
        if status >= 300 { return ModelError.Kind(httpStatus: status) }
        return words.lazy.compactMap { kindsInside[$0] }.first ?? .serverError
    }
}
