import MoltBotCore

extension ProviderContract {
    static let geminiFailures = [
        Failure(429, quota("GenerateRequestsPerMinutePerProjectPerModel"), .rateLimited, after: .milliseconds(10_680)),
        Failure(429, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), .quotaExhausted),
        Failure(
            400,
            #"""
            {"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[
             {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}
            """#, .auth),
        Failure(
            400, error(400, "INVALID_ARGUMENT", "The input token count (2) exceeds the maximum number of tokens allowed (1)."),
            .contextLength),
        Failure(400, error(400, "INVALID_ARGUMENT", "Unknown name"), .invalidRequest),
        Failure(400, error(400, "FAILED_PRECONDITION", "User location is not supported"), .invalidRequest),
        Failure(403, error(403, "PERMISSION_DENIED", "no"), .auth), Failure(404, error(404, "NOT_FOUND", "no model"), .notFound),
        Failure(500, error(500, "INTERNAL", "x"), .serverError), Failure(503, error(503, "UNAVAILABLE", "x"), .overloaded),
        Failure(504, error(504, "DEADLINE_EXCEEDED", "x"), .serverError), Failure(503, "[\(error(503, "UNAVAILABLE", "x"))]", .overloaded),
        Failure(
            200, #"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4},"modelVersion":"m"}"#, .contentPolicy),
        Failure(200, #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","index":0}]}"#, .serverError),
    ]

    private static func error(_ code: Int, _ status: String, _ message: String) -> String {
        #"{"error":{"code":\#(code),"message":"\#(message)","status":"\#(status)"}}"#
    }

    private static func quota(_ id: String) -> String {
        #"""
        {"error":{"code":429,"message":"You exceeded your current quota…","status":"RESOURCE_EXHAUSTED","details":[
         {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"m","quotaId":"\#(id)","quotaValue":"250"}]},
         {"@type":"type.googleapis.com/google.rpc.Help","links":[]},
         {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"10.68s"}]}}
        """#
    }
}
