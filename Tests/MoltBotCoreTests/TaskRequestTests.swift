import MoltBotCore
import Testing

@Suite("Task requests")
struct TaskRequestTests {
    private func decode(_ json: String) throws -> TaskRequest { try TaskRequest.decode(Array(json.utf8)) }

    @Test("A prompt alone is a task, and everything else has its default")
    func smallest() throws {
        let request = try decode(#"{"prompt":"Hello"}"#)
        #expect(request == TaskRequest(content: .prompt("Hello")))
        #expect(request.operation == .chat)
        #expect(request.cache == .off)
        #expect(!request.stream)
        #expect(request.maxRetries == nil)
    }

    @Test("Reads every field of the contract")
    func everything() throws {
        let request = try decode(
            #"""
            {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}],
             "operation":"chat","model":"gpt-4","fallbacks":["claude"],"strategy":"latency",
             "parameters":{"temperature":0.7,"max_tokens":2048,"stop":["\n"],"tools":[],"seed":1},
             "timeout":2.5,"deadline":"2026-12-01T00:00:00Z","run_at":"2026-11-30T00:00:00Z","max_retries":0,
             "cache":"on","idempotency_key":"k","stream":true,
             "callback":{"url":"https://example.org/hook","headers":{"Authorization":"Bearer x"},"events":["task.completed"]},
             "metadata":{"ticket":"42","n":1,"ok":true}}
            """#)
        #expect(
            request.content
                == .messages([
                    ["role": "system", "content": "Be brief."], ["role": "user", "content": [["type": "text", "text": "Hi"]]],
                ]))
        #expect(request.model == "gpt-4")
        #expect(request.fallbacks == ["claude"])
        #expect(request.strategy == .latency)
        #expect(request.parameters.temperature == 0.7)
        #expect(request.parameters.maxTokens == 2048)
        #expect(request.parameters.stop == ["\n"])
        #expect(request.parameters["seed"] == 1)
        #expect(request.timeout == .milliseconds(2500))
        #expect(request.deadline == Timestamp(rfc3339: "2026-12-01T00:00:00Z"))
        #expect(request.runAt == Timestamp(rfc3339: "2026-11-30T00:00:00Z"))
        #expect(request.maxRetries == 0)
        #expect(request.cache == .on)
        #expect(request.idempotencyKey == "k")
        #expect(request.stream)
        #expect(
            request.callback
                == TaskCallback(
                    url: "https://example.org/hook", headers: ["Authorization": "Bearer x"], events: [.completed]))
        #expect(request.metadata == ["ticket": "42", "n": 1, "ok": true])
        #expect(try TaskRequest.decode(request.encode()) == request)
    }

    @Test func nullIsNoLimitAndHidesNone() {
        let parameters = TaskParameters(["max_tokens": .null, "max_completion_tokens": 200])
        #expect(parameters.maxTokens == 200)
        #expect(parameters.given("max_tokens") == Optional.none)
        #expect(TaskParameters(["max_tokens": .null]).maxTokens == nil)
    }

    @Test("A null field counts as not given")
    func nulls() throws {
        let request = try decode(#"{"prompt":"a","messages":null,"run_at":null,"idempotency_key":null,"parameters":{"temperature":null}}"#)
        #expect(request.runAt == nil)
        #expect(request.content == .prompt("a"))
    }

    @Test(
        "Input makes it an embedding",
        arguments: [#""a""#, #"["a","b"]"#, "[1,2]", "[[1],[2,3]]"])
    func embeddings(input: String) throws {
        let request = try decode(#"{"input":\#(input)}"#)
        #expect(request.operation == .embedding)
        #expect(try TaskRequest.decode(request.encode()) == request)
    }

    @Test("A callback hears of every end unless it names its events")
    func callbackDefault() throws {
        let request = try decode(#"{"prompt":"a","callback":{"url":"http://localhost:1/x"}}"#)
        #expect(request.callback?.events == [.completed, .failed, .cancelled, .expired])
    }

    @Test(
        "Says which field is wrong, what is wrong and what to write instead",
        arguments: [
            (#"{"promt":"a"}"#, #"one of "prompt", "messages" or "input" is needed; promt: unknown field; did you mean "prompt"?"#),
            (
                #"{"prompt":"a","parameters":{"temperature":"hot"}}"#,
                #"parameters.temperature: expected a number between 0 and 2, got the string "hot""#
            ),
            (#"{"prompt":"a","parameters":{"temperature":2.1}}"#, "parameters.temperature: expected a number between 0 and 2, got 2.1"),
            (#"{"prompt":"a","parameters":{"max_tokens":0}}"#, "parameters.max_tokens: expected a whole number of at least 1, got 0"),
            (#"{"prompt":"a","parameters":{"stop":[1]}}"#, "parameters.stop: expected a string or an array of strings, got an array of 1"),
            (
                #"{"prompt":"a","parameters":{"model":"x"}}"#,
                #"parameters.model: belongs to the task itself: put "model" beside "parameters""#
            ),
            (#"{"prompt":"a","input":"b"}"#, #"only one of "prompt", "messages" and "input" may be given, got input, prompt"#),
            (#"{"prompt":""}"#, "prompt: expected a non-empty string, got an empty string"),
            (#"{"prompt":7}"#, "prompt: expected a non-empty string, got 7"),
            (#"{"messages":[]}"#, "messages: expected a non-empty array of chat messages, got an empty array"),
            (
                #"{"messages":[{"role":"user"},"x",{}]}"#,
                #"messages[1]: expected an object with "role" and "content", got the string "x"; messages[2].role: expected a non-empty string, got null"#
            ),
            (
                #"{"input":[]}"#,
                "input: expected a non-empty string, or a non-empty array of strings, of token numbers or of arrays of token numbers, got an empty array"
            ),
            (#"{"prompt":"a","operation":"embedding"}"#, #"operation: "embedding" takes "input", not "prompt""#),
            (
                #"{"prompt":"a","strategy":"fast"}"#,
                #"strategy: expected one of "availability", "load", "cost", "latency", "weighted", "random", got the string "fast""#
            ),
            (#"{"prompt":"a","timeout":0}"#, "timeout: expected seconds, more than 0 and at most 86400, got 0"),
            (#"{"prompt":"a","timeout":86401}"#, "timeout: expected seconds, more than 0 and at most 86400, got 86401"),
            (#"{"prompt":"a","max_retries":101}"#, "max_retries: expected a whole number from 0 to 100, got 101"),
            (#"{"prompt":"a","max_retries":1.5}"#, "max_retries: expected a whole number from 0 to 100, got 1.5"),
            (
                #"{"prompt":"a","deadline":"tomorrow"}"#,
                #"deadline: expected an RFC 3339 time such as "2026-12-01T00:00:00Z", got the string "tomorrow""#
            ),
            (
                #"{"prompt":"a","deadline":"2026-12-01T00:00:00Z","run_at":"2026-12-01T00:00:00Z"}"#,
                "run_at: must be before the deadline 2026-12-01T00:00:00.000Z"
            ),
            (#"{"prompt":"a","cache":"yes"}"#, #"cache: expected one of "off", "read", "on", got the string "yes""#),
            (#"{"prompt":"a","stream":"true"}"#, #"stream: expected true or false, got the string "true""#),
            (
                #"{"prompt":"a","callback":{"url":"ftp://x/"}}"#,
                #"callback.url: expected an absolute http or https URL of at most 2048 bytes, got the string "ftp://x/""#
            ),
            (
                #"{"prompt":"a","callback":{"url":"https://"}}"#,
                #"callback.url: expected an absolute http or https URL of at most 2048 bytes, got the string "https://""#
            ),
            (#"{"prompt":"a","callback":{"uri":"https://a/","url":"https://a/"}}"#, #"callback.uri: unknown field; did you mean "url"?"#),
            (
                #"{"prompt":"a","callback":{"url":"https://a/","events":["task.done"]}}"#,
                #"callback.events[0]: expected one of "task.queued", "task.started", "task.progress", "task.retrying", "task.completed", "task.failed", "task.cancelled", "task.expired", got the string "task.done""#
            ),
            (
                #"{"prompt":"a","callback":{"url":"https://a/","headers":{"X":"a\r\nHost: b"}}}"#,
                #"callback.headers.X: expected an HTTP header with a text of one line, got the string "a\r\nHost: b""#
            ),
            (#"{"prompt":"a","metadata":{"a":[]}}"#, "metadata.a: expected a string, a number or a boolean, got an empty array"),
            (
                #"{"prompt":"a","idempotency_key":""}"#,
                "idempotency_key: expected a non-empty string of at most 255 bytes, got an empty string"
            ),
            ("[]", "expected an object, got an empty array"),
            (#"{"prompt":"a""#, "not valid JSON: byte 13: expected ',' or '}', found the end of the document"),
        ])
    func mistakes(json: String, message: String) {
        let error = #expect(throws: InvalidTask.self) { try decode(json) }
        #expect(error?.description == message)
    }

    @Test("Reports several mistakes at once, but not a wall of them")
    func several() {
        let error = #expect(throws: InvalidTask.self) {
            try decode(#"{"prompt":1,"timeout":-1,"stream":1,"cache":1,"model":1,"strategy":1,"max_retries":-1}"#)
        }
        #expect(error?.problems.map(\.path) == ["cache", "max_retries", "model", "prompt", "strategy"])
    }

    @Test("Takes at most 64 metadata entries")
    func metadataLimit() {
        let entries = (0...64).map { #""k\#($0)":1"# }.joined(separator: ",")
        let error = #expect(throws: InvalidTask.self) { try decode(#"{"prompt":"a","metadata":{\#(entries)}}"#) }
        #expect(error?.description == "metadata: at most 64 entries, got 65")
    }
}
