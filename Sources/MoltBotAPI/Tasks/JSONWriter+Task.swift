internal import MoltBotCore
internal import MoltBotLedger

extension JSONWriter {
    /// A task with its result; what is not known yet is null.
    mutating func task(_ detail: TaskDetail) {
        let record = detail.record
        beginObject()
        identity(record)
        let outcome = detail.end?.outcome
        member("result", outcome?.result)
        member("message", outcome?.message)
        member("finish_reason", outcome?.finishReason)
        member("cached", outcome?.isCached ?? false)
        name("attempts")
        beginArray()
        for attempt in outcome?.attempts ?? [] { self.attempt(attempt) }
        endArray()
        member("error", outcome?.error)
        // The event is in the stream and went to all receivers; the ledger keeps no result of that size.
        if detail.isResultTooLarge { member("result_too_large", true) }
        endObject()
    }

    /// A task as a list shows it.
    mutating func task(_ record: TaskRecord) {
        beginObject()
        identity(record)
        member("error_type", record.errorType)
        endObject()
    }

    /// What happened to a task, life by life.
    mutating func history(_ history: TaskHistory) {
        beginObject()
        member("task_id", history.record.id.rawValue)
        member("status", history.record.status.rawValue)
        name("lives")
        beginArray()
        for life in history.lives {
            beginObject()
            member("redrives", life.redrives)
            member("status", life.end?.outcome?.status.rawValue)
            member("completed_at", life.end?.outcome?.completedAt)
            name("attempts")
            beginArray()
            for attempt in life.attempts { self.attempt(attempt) }
            endArray()
            member("error", life.end?.outcome?.error)
            endObject()
        }
        endArray()
        endObject()
    }

    private mutating func identity(_ record: TaskRecord) {
        member("task_id", record.id.rawValue)
        // The original MoltBot called it so here.
        member("id", record.id.rawValue)
        member("workspace", record.workspace.name)
        member("status", record.status.rawValue)
        member("model", record.model)
        member("provider", record.provider)
        member("deployment", record.deployment)
        member("priority", record.priority)
        member("lane", record.lane?.rawValue)
        member("batch_id", record.batch)
        member("created_at", record.createdAt)
        member("started_at", record.startedAt)
        member("completed_at", record.endedAt)
        member("updated_at", record.statusAt)
        member("run_at", record.runAt)
        member("deadline", record.deadline)
        member("attempt_count", record.attempts)
        member("redrives", record.redrives)
        name("usage")
        if let usage = record.usage { self.usage(usage) } else { null() }
        member("cost_usd", record.cost)
        member("idempotency_key", record.idempotencyKey)
        member("metadata", record.metadata)
    }

    private mutating func usage(_ usage: Usage) {
        beginObject()
        member("input_tokens", usage.inputTokens)
        member("output_tokens", usage.outputTokens)
        member("cached_input_tokens", usage.cachedInputTokens)
        member("reasoning_tokens", usage.reasoningTokens)
        endObject()
    }
}
