internal import MoltBotCore

extension MoltBot.Request {
    /// The request by the rules of the contract.
    /// - Throws: ``InvalidTask`` with every problem found.
    func taskRequest(isStreamed: Bool) throws(InvalidTask) -> TaskRequest {
        var fields: [String: JSONValue] = ["stream": .bool(isStreamed), "cache": .string(cache.rawValue)]
        switch content {
        case .prompt(let text): fields["prompt"] = .string(text)
        case .messages(let messages): fields["messages"] = .array(messages.map { JSONValue($0) })
        case .embedding(let texts): fields["input"] = .array(texts.map { .string($0) })
        }
        fields["model"] = model.map { .string($0) }
        if !fallbacks.isEmpty { fields["fallbacks"] = .array(fallbacks.map { .string($0) }) }
        fields["strategy"] = strategy.map { .string($0.rawValue) }
        if !parameters.isEmpty { fields["parameters"] = .object(parameters.mapValues { JSONValue($0) }) }
        fields["timeout"] = timeout.map { .number($0 / .seconds(1)) }
        fields["deadline"] = deadline.map { .string(Timestamp($0).rfc3339) }
        fields["run_at"] = runAt.map { .string(Timestamp($0).rfc3339) }
        fields["max_retries"] = maxRetries.map { .integer(Int64($0)) }
        fields["cache_ttl"] = cacheLifetime.map { .number($0 / .seconds(1)) }
        fields["idempotency_key"] = idempotencyKey.map { .string($0) }
        fields["callback"] = callback?.json
        fields["on_complete_url"] = onCompleteURL.map { .string($0) }
        fields["on_error_url"] = onErrorURL.map { .string($0) }
        if !metadata.isEmpty { fields["metadata"] = .object(metadata.mapValues { JSONValue($0) }) }
        // Read like everybody's task, so that the rules are in one place.
        return try TaskRequest.decode(.object(fields))
    }
}

extension MoltBot.Callback {
    fileprivate var json: JSONValue {
        [
            "url": .string(url), "headers": .object(headers.mapValues { .string($0.reveal()) }),
            "events": .array(events.map { .string($0.rawValue) }),
        ]
    }
}
