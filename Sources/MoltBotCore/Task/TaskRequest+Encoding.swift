extension TaskRequest {
    /// The body of a task message; what is at its default is left out.
    package func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch content {
        case .prompt(let text): writer.member("prompt", text)
        case .messages(let messages): writer.member("messages", .array(messages))
        case .input(let input): writer.member("input", input)
        }
        if let model { writer.member("model", model) }
        if !fallbacks.isEmpty { writer.member("fallbacks", fallbacks) }
        if let strategy { writer.member("strategy", strategy.rawValue) }
        if !parameters.fields.isEmpty { writer.member("parameters", parameters.fields) }
        if let timeout { writer.member("timeout", seconds: timeout) }
        if let deadline { writer.member("deadline", deadline) }
        if let runAt { writer.member("run_at", runAt) }
        if let maxRetries { writer.member("max_retries", maxRetries) }
        if cache != .off { writer.member("cache", cache.rawValue) }
        if let cacheLifetime { writer.member("cache_ttl", seconds: cacheLifetime) }
        if let idempotencyKey { writer.member("idempotency_key", idempotencyKey) }
        if stream { writer.member("stream", true) }
        if let callback { writer.member("callback", callback) }
        if let onCompleteURL { writer.member("on_complete_url", onCompleteURL) }
        if let onErrorURL { writer.member("on_error_url", onErrorURL) }
        if !metadata.isEmpty { writer.member("metadata", metadata) }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ callback: TaskCallback) {
        self.name(name)
        self.callback(callback)
    }

    mutating func callback(_ callback: TaskCallback) {
        beginObject()
        member("url", callback.url)
        member("headers", callback.headers.mapValues { .string($0) })
        member("events", callback.events.map(\.rawValue))
        endObject()
    }
}
