import MoltBotCore

@testable import ModelProviders

extension ProviderContract {
    private static let deployment = "/openai/deployments/test-model"

    static let azure = ProviderContract(
        name: "Azure OpenAI", keyHeader: ("api-key", "sk-secret-123"), streamType: "text/event-stream",
        make: { root, client, limit in try AzureOpenAIProvider(endpoint: root, client: client, maximumResponseBytes: limit) },
        assemble: { try OpenAIDialect(place: .base(""), keyHeader: "api-key").assemble($0, $1) },
        requests: openAIRequests("\(deployment)/chat/completions?api-version=2024-10-21"),
        answers: [
            Answer(
                "text with the filters' results",
                #"""
                {"id":"c","model":"gpt-4o-2024-08-06","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,
                 "severity":"safe"}}}],"choices":[{"index":0,"content_filter_results":{"hate":{"filtered":false}},"finish_reason":"stop",
                 "logprobs":null,"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3}}
                """#,
                text: "Hi", message: #"{"role":"assistant","content":"Hi"}"#, finish: "stop",
                usage: Usage(inputTokens: 2, outputTokens: 1))
        ],
        streams: [
            Answer(
                "text whose first event has no choices",
                """
                data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}

                data: {"choices":[{"content_filter_results":{},"delta":{"content":"","role":"assistant"},"finish_reason":null,"index":0}],"model":"gpt-4o"}

                data: {"choices":[{"content_filter_results":{"hate":{"filtered":false}},"delta":{"content":"Hi"},"finish_reason":null,"index":0}]}

                data: {"choices":[{"content_filter_offsets":{"start_offset":1},"content_filter_results":{},"finish_reason":null,"index":0}]}

                data: {"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"content_filter","index":0}]}

                data: [DONE]


                """,
                text: "Hi", message: #"{"role":"assistant","content":"Hi"}"#, finish: "content_filter", usage: nil)
        ],
        failures: [
            Failure(
                400,
                #"""
                {"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400,
                 "innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}
                """#, .contentPolicy),
            Failure(401, #"{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}"#, .auth),
            Failure(404, #"{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}}"#, .notFound),
            Failure(429, #"{"error":{"code":"429","message":"Please retry after 6 seconds."}}"#, .rateLimited, after: .seconds(6)),
            Failure(
                429, #"{"error":{"code":"429","message":"Please retry after 6 seconds."}}"#, .rateLimited,
                headers: [("x-ms-retry-after-ms", "5500"), ("retry-after", "6")], after: .milliseconds(5500)),
            Failure(
                429, #"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 3 seconds."}"#, .rateLimited, after: .seconds(3)),
            Failure(503, #"{"error":{"code":"503","message":"busy"}}"#, .overloaded),
        ],
        brokenStreams: openAIBrokenStreams,
        embeddings: openAIEmbeddings("\(deployment)/embeddings?api-version=2024-10-21"))
}
