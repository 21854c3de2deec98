import MoltBotCore

/// Which model the demo's tasks ask, and how it is treated.
struct DemoModel: Sendable {
    let name: String
    let parameters: [String: JSONValue]
    /// Calls at once in each of the two workers.
    let concurrency: Int
    /// After this the demo gives up on tasks without a result.
    let patience: Duration

    /// The API that the environment names, else the built-in `echo`, slowed down so that there is something to interrupt, and
    /// failing now and then so that there is something to retry.
    init(environment: [String: String]) {
        let hasKey = !environment["OPENAI_API_KEY", default: ""].isEmpty
        if hasKey || !environment["OPENAI_BASE_URL", default: ""].isEmpty {
            let chosen = environment["OPENAI_MODEL", default: ""]
            name = chosen.isEmpty ? "gpt-4o-mini" : chosen
            parameters = ["max_tokens": 60]
            concurrency = 20
            patience = .seconds(600)
        } else {
            name = "echo"
            parameters = ["echo_delay_ms": 100, "echo_failure_rate": 0.05]
            concurrency = 4
            patience = .seconds(90)
        }
    }
}
