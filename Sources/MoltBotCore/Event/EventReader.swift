/// Reads events back from JSON: strict about what the contract requires, silent about the rest.
struct EventReader {
    private var check = FieldChecker()

    init() {}

    var problems: [FieldProblem] { check.problems }

    mutating func event(_ document: JSONValue) -> TaskEvent? {
        guard document["specversion"] == "1.0" else {
            check.reject("specversion", expected: "\"1.0\"", got: document["specversion"] ?? .null)
            return nil
        }
        let id = check.string(document["id"] ?? .null, "id")
        let source = check.string(document["source"] ?? .null, "source")
        let type: TaskEventType? = check.choice(document["type"] ?? .null, "type")
        let time = check.timestamp(document["time"] ?? .null, "time")
        let data = document["data"] ?? .null
        let payload: TaskEvent.Payload? =
            type == .progress ? progress(data).map { .progress($0) } : outcome(data).map { .outcome($0) }
        guard let id, let source, let type, let time, let payload else { return nil }
        return TaskEvent(id: id, type: type, source: source, time: time, payload: payload)
    }

    mutating func outcome(_ data: JSONValue) -> TaskOutcome? {
        let status: TaskStatus? = check.choice(data["status"] ?? .null, "data.status")
        guard let (taskID, workspace) = names(data), let status else { return nil }
        var outcome = TaskOutcome(taskID: taskID, workspace: workspace, status: status)
        outcome.model = data["model"]?.stringValue
        outcome.provider = data["provider"]?.stringValue
        outcome.deployment = data["deployment"]?.stringValue
        outcome.result = data["result"]?.stringValue
        // Not by a `flatMap` with `nil` in it: there nil is a literal, and makes a `JSONValue` of it.
        if let message = data["message"], !message.isNull { outcome.message = message }
        outcome.finishReason = data["finish_reason"]?.stringValue
        outcome.usage = data["usage"].flatMap(usage)
        outcome.cost = data["cost_usd"]?.doubleValue.map { min(max($0, 0), TaskOutcome.highestCost) }
        outcome.isCached = data["cached"]?.boolValue ?? false
        outcome.attempts = attempts(data["attempts"] ?? .null)
        outcome.createdAt = timestamp(data["created_at"])
        outcome.startedAt = timestamp(data["started_at"])
        outcome.completedAt = timestamp(data["completed_at"])
        outcome.queueTime = data["queue_ms"]?.integerValue.map { .milliseconds($0) }
        outcome.metadata = data["metadata"]?.objectValue ?? [:]
        outcome.error = data["error"].flatMap(failure)
        return outcome
    }

    private mutating func progress(_ data: JSONValue) -> TaskProgress? {
        let sequence = check.integer(data["sequence"] ?? .null, "data.sequence", in: 1...Int64.max)
        guard let (taskID, workspace) = names(data), let sequence else { return nil }
        return TaskProgress(taskID: taskID, workspace: workspace, sequence: sequence, delta: data["delta"]?.stringValue ?? "")
    }

    private mutating func names(_ data: JSONValue) -> (TaskID, Workspace)? {
        let taskID = data["task_id"]?.stringValue.flatMap(TaskID.init)
        if taskID == nil { check.reject("data.task_id", expected: "a task id", got: data["task_id"] ?? .null) }
        let workspace = data["workspace"]?.stringValue.flatMap(Workspace.init)
        if workspace == nil { check.reject("data.workspace", expected: Workspace.rule, got: data["workspace"] ?? .null) }
        guard let taskID, let workspace else { return nil }
        return (taskID, workspace)
    }

    func attempts(_ value: JSONValue) -> [TaskAttempt] {
        (value.arrayValue ?? []).compactMap { attempt in
            guard let number = attempt["number"]?.countValue, let startedAt = timestamp(attempt["started_at"]) else { return nil }
            return TaskAttempt(
                number: min(number, TaskAttempt.highestNumber), deployment: attempt["deployment"]?.stringValue, startedAt: startedAt,
                duration: .milliseconds(attempt["duration_ms"]?.integerValue ?? 0), error: attempt["error"].flatMap(failure))
        }
    }

    private func usage(_ value: JSONValue) -> Usage? {
        guard case .object = value else { return nil }
        func count(_ name: String) -> Int { value[name]?.countValue ?? 0 }
        return Usage(
            inputTokens: count("input_tokens"), outputTokens: count("output_tokens"),
            cachedInputTokens: count("cached_input_tokens"), cacheWriteInputTokens: count("cache_write_input_tokens"),
            reasoningTokens: count("reasoning_tokens"))
    }

    private func failure(_ value: JSONValue) -> TaskFailure? {
        guard let type = value["type"]?.stringValue else { return nil }
        return TaskFailure(
            type: type, message: value["message"]?.stringValue ?? "", status: value["status"]?.integerValue.map { Int($0) },
            isRetryable: value["retryable"]?.boolValue ?? false)
    }

    private func timestamp(_ value: JSONValue?) -> Timestamp? {
        value?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    }
}
