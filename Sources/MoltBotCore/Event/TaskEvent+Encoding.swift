extension TaskEvent {
    /// The event in CloudEvents' structured JSON format.
    package func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1024)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", id)
        writer.member("source", source)
        writer.member("type", type.rawValue)
        writer.member("time", time)
        writer.member("subject", taskID.rawValue)
        writer.member("datacontenttype", "application/json")
        writer.name("data")
        encodeData(into: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Only the `data` object, as webhooks carry it.
    package func encodeData() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1024)
        encodeData(into: &writer)
        return writer.bytes
    }

    private func encodeData(into writer: inout JSONWriter) {
        switch payload {
        case .outcome(let outcome): writer.outcome(outcome)
        case .progress(let progress): writer.progress(progress)
        }
    }
}

extension JSONWriter {
    package mutating func outcome(_ outcome: TaskOutcome) {
        beginObject()
        member("task_id", outcome.taskID.rawValue)
        member("workspace", outcome.workspace.name)
        member("status", outcome.status.rawValue)
        member("model", outcome.model)
        member("provider", outcome.provider)
        member("deployment", outcome.deployment)
        member("result", outcome.result)
        member("message", outcome.message)
        member("finish_reason", outcome.finishReason)
        name("usage")
        if let usage = outcome.usage { self.usage(usage) } else { null() }
        member("cost_usd", outcome.cost)
        member("cached", outcome.isCached)
        name("attempts")
        beginArray()
        for attempt in outcome.attempts { self.attempt(attempt) }
        endArray()
        member("created_at", outcome.createdAt)
        member("started_at", outcome.startedAt)
        member("completed_at", outcome.completedAt)
        member("queue_ms", outcome.queueTime.map { Int($0.wholeMilliseconds) })
        member("metadata", outcome.metadata)
        member("error", outcome.error)
        endObject()
    }

    fileprivate mutating func progress(_ progress: TaskProgress) {
        beginObject()
        member("task_id", progress.taskID.rawValue)
        member("workspace", progress.workspace.name)
        member("sequence", progress.sequence)
        member("delta", progress.delta)
        endObject()
    }

    private mutating func usage(_ usage: Usage) {
        beginObject()
        member("input_tokens", usage.inputTokens)
        member("output_tokens", usage.outputTokens)
        member("cached_input_tokens", usage.cachedInputTokens)
        member("cache_write_input_tokens", usage.cacheWriteInputTokens)
        member("reasoning_tokens", usage.reasoningTokens)
        endObject()
    }

    package mutating func attempt(_ attempt: TaskAttempt) {
        beginObject()
        member("number", attempt.number)
        member("deployment", attempt.deployment)
        member("started_at", attempt.startedAt)
        member("duration_ms", Int(attempt.duration.wholeMilliseconds))
        member("error", attempt.error)
        endObject()
    }

    package mutating func member(_ name: StaticString, _ failure: TaskFailure?) {
        self.name(name)
        guard let failure else { return null() }
        beginObject()
        member("type", failure.type)
        member("message", failure.message)
        member("status", failure.status)
        member("retryable", failure.isRetryable)
        endObject()
    }
}
