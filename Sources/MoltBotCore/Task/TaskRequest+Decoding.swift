extension TaskRequest {
    /// Reads a task message's body.
    ///
    /// Strict on purpose: an unknown field is most often a misspelt one, and a task that runs without it costs money for the wrong answer.
    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(InvalidTask) -> TaskRequest {
        let document: JSONValue
        do {
            document = try JSONValue.parse(bytes)
        } catch {
            throw InvalidTask(problems: [FieldProblem(path: "", message: "not valid JSON: \(error)")])
        }
        return try decode(document)
    }

    package static func decode(_ bytes: [UInt8]) throws(InvalidTask) -> TaskRequest {
        try bytes.withUnsafeBufferPointer { (buffer) throws(InvalidTask) in try decode(UnsafeRawBufferPointer(buffer)) }
    }

    package static func decode(_ document: JSONValue) throws(InvalidTask) -> TaskRequest {
        var decoder = TaskRequestDecoder()
        return try decoder.decode(document)
    }
}

private struct TaskRequestDecoder {
    static let fields = [
        "prompt", "messages", "input", "operation", "model", "fallbacks", "strategy", "parameters", "timeout", "deadline", "run_at",
        "max_retries", "cache", "cache_ttl", "idempotency_key", "stream", "callback", "on_complete_url",
        "on_error_url", "metadata",
    ]
    static let longestTimeout = 86_400
    static let longestCacheLifetime = 30 * 86_400

    private var check = FieldChecker()
    private var request = TaskRequest(content: .prompt(""))
    private var contents: [(field: String, content: TaskRequest.Content)] = []
    private var contentFields = 0
    private var operation: TaskRequest.Operation?

    mutating func decode(_ document: JSONValue) throws(InvalidTask) -> TaskRequest {
        guard case .object(let members) = document else {
            throw InvalidTask(problems: [FieldProblem(path: "", message: "expected an object, got \(document.nameForPeople)")])
        }
        // A member that is null counts as not given.
        for (name, value) in members where !value.isNull || !Self.fields.contains(name) { read(name, value) }
        settleContent()
        if let deadline = request.deadline, let runAt = request.runAt, runAt >= deadline {
            check.reject("run_at", "must be before the deadline \(deadline)")
        }
        let problems = check.problems
        guard problems.isEmpty else { throw InvalidTask(problems: problems) }
        return request
    }

    private mutating func read(_ name: String, _ value: JSONValue) {
        switch name {
        case "prompt", "messages", "input":
            contentFields += 1
            if let content = check.content(name, value) { contents.append((name, content)) }
        case "operation": operation = check.choice(value, name)
        case "model": request.model = check.string(value, name, maximumLength: 255)
        case "fallbacks": request.fallbacks = check.modelNames(value, name)
        case "strategy": request.strategy = check.choice(value, name)
        case "parameters": request.parameters = check.parameters(value, name)
        case "timeout": request.timeout = check.seconds(value, "timeout", atMost: Self.longestTimeout)
        case "deadline": request.deadline = check.timestamp(value, name)
        case "run_at": request.runAt = check.timestamp(value, name)
        case "max_retries": request.maxRetries = check.integer(value, name, in: 0...100)
        case "cache": request.cache = check.choice(value, name) ?? .off
        case "cache_ttl": request.cacheLifetime = check.seconds(value, "cache_ttl", atMost: Self.longestCacheLifetime)
        case "idempotency_key": request.idempotencyKey = check.string(value, name, maximumLength: 255)
        case "stream": request.stream = check.bool(value, name) ?? false
        case "callback": request.callback = check.callback(value, name)
        case "on_complete_url": request.onCompleteURL = check.webURL(value, name)
        case "on_error_url": request.onErrorURL = check.webURL(value, name)
        case "metadata": request.metadata = check.metadata(value, name)
        default: check.unknown(name, in: "", known: Self.fields)
        }
    }

    private mutating func settleContent() {
        guard contentFields == 1 else {
            let given = contents.map(\.field).sorted().joined(separator: ", ")
            return check.reject(
                "",
                contentFields == 0
                    ? "one of \"prompt\", \"messages\" or \"input\" is needed"
                    : "only one of \"prompt\", \"messages\" and \"input\" may be given, got \(given)")
        }
        guard let (field, content) = contents.first else { return }
        request.content = content
        if let operation, operation != content.operation {
            check.reject(
                "operation",
                "\"\(operation.rawValue)\" takes \(operation == .chat ? "\"prompt\" or \"messages\"" : "\"input\""), not \"\(field)\"")
        }
    }
}
