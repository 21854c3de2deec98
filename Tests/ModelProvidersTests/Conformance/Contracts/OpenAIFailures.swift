import MoltBotCore

extension ProviderContract {
    static let openAIFailures = [
        Failure(
            429, #"{"error":{"message":"slow","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#, .rateLimited,
            headers: [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s")], after: .seconds(360)),
        Failure(429, #"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#, .quotaExhausted),
        Failure(
            429, #"{"error":{"message":"Your account is suspended, please check your plan","type":"exceeded_current_quota_error"}}"#,
            .quotaExhausted),
        Failure(
            429, #"{"error":{"message":"The engine is currently overloaded","type":"engine_overloaded_error"}}"#, .overloaded,
            headers: [("retry-after", "2")], after: .seconds(2)),
        Failure(
            402, #"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#, .quotaExhausted),
        Failure(400, #"{"error":{"message":"Access denied, arrears","type":"Arrearage","code":"Arrearage"}}"#, .quotaExhausted),
        Failure(401, #"{"error":{"message":"wrong","type":"invalid_request_error","code":"invalid_api_key"}}"#, .auth),
        Failure(400, #"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xx"}"#, .auth),
        Failure(403, #"{"error":{"message":"no","code":"unsupported_country_region_territory"}}"#, .auth),
        Failure(404, #"{"error":{"message":"no such model","code":"model_not_found"}}"#, .notFound),
        Failure(400, #"{"error":{"message":"long","type":"invalid_request_error","code":"context_length_exceeded"}}"#, .contextLength),
        Failure(
            400, #"{"object":"error","message":"This model's maximum context length is 8 tokens","type":"BadRequestError","code":400}"#,
            .contextLength),
        Failure(
            400, #"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
            .contextLength),
        Failure(400, #"{"error":{"message":"risk","code":"content_policy_violation"}}"#, .contentPolicy),
        Failure(400, #"{"error":{"message":"Output data may contain…","code":"data_inspection_failed"}}"#, .contentPolicy),
        Failure(422, #"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, .invalidRequest), Failure(413, "", .invalidRequest),
        Failure(408, "", .serverError), Failure(409, "", .serverError),
        Failure(500, #"{"error":{"message":"x","code":null}}"#, .serverError),
        Failure(503, #"{"error":{"message":"busy"}}"#, .overloaded), Failure(529, "", .overloaded),
        Failure(498, #"{"error":{"message":"Flex tier capacity exceeded"}}"#, .overloaded),
    ]
}
