internal import Logging

extension MoltBot {
    /// The events of the workspace's tasks from now on. See ``Events`` for what happens to slow readers.
    /// - Throws: ``MoltBotError``: `notConnected`, `accessRefused`, `closed`, `cancelled`.
    public var events: Events {
        get async throws(MoltBotError) {
            try await listen()
            return core.hub.add(limit: core.options.eventBuffer).events
        }
    }

    /// Calls `handler` for events of the workspace's tasks, one after the other, from now on.
    ///
    /// What a handler throws is logged, and the next event comes to it all the same. Each handler goes at its own speed; one that falls behind
    /// misses events, as ``Events`` says.
    /// - Parameters:
    ///   - types: which events.
    ///   - task: only events of this one.
    /// - Throws: like ``events``.
    @discardableResult
    public func onEvent(
        _ types: [EventType] = EventType.allCases, of task: SubmittedTask? = nil,
        _ handler: @escaping @Sendable (Event) async throws -> Void
    ) async throws(MoltBotError) -> Registration {
        try await listen()
        let (number, events) = core.hub.add(limit: core.options.eventBuffer)
        let (logger, wanted) = (core.options.logger, Set(types))
        core.handlers.add {
            for await event in events where wanted.contains(event.type) && task.map({ $0.id == event.taskID }) ?? true {
                do {
                    try await handler(event)
                } catch {
                    logger.error(
                        "A handler of events failed",
                        metadata: [
                            "moltbot.event.type": "\(event.type.rawValue)", "moltbot.task.id": "\(event.taskID)", "error": "\(error)",
                        ])
                }
            }
        }
        return Registration { [hub = core.hub] in hub.remove(number) }
    }

    /// Calls `handler` with each task of the workspace that is completed from now on. See ``onEvent(_:of:_:)``.
    @discardableResult
    public func onComplete(
        of task: SubmittedTask? = nil, _ handler: @escaping @Sendable (Outcome) async throws -> Void
    ) async throws(MoltBotError) -> Registration {
        try await onEvent([.completed], of: task) { try await handler($0.outcome) }
    }

    /// Calls `handler` with each task of the workspace that ends without an answer from now on: failed, cancelled or expired. See
    /// ``onEvent(_:of:_:)``.
    @discardableResult
    public func onError(
        of task: SubmittedTask? = nil, _ handler: @escaping @Sendable (Outcome) async throws -> Void
    ) async throws(MoltBotError) -> Registration {
        try await onEvent(EventType.errors, of: task) { try await handler($0.outcome) }
    }

    /// Returns when the workspace's events come to this client.
    func listen() async throws(MoltBotError) {
        let core = core
        try await core.operations.run { try await core.listen() }
    }
}
