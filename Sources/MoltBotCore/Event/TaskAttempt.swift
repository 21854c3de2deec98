/// One call of a model for a task.
package struct TaskAttempt: Sendable, Equatable {
    /// Of attempts that another process tells of, in a header that any sender can set.
    static let highestNumber = 1_000_000

    /// Counted from 1.
    package var number: Int
    package var deployment: String?
    package var startedAt: Timestamp
    /// To the millisecond.
    package var duration: Duration
    package var error: TaskFailure?

    package init(number: Int, deployment: String? = nil, startedAt: Timestamp, duration: Duration, error: TaskFailure? = nil) {
        self.number = number
        self.deployment = deployment
        self.startedAt = startedAt
        self.duration = duration
        self.error = error
    }
}

extension TaskAttempt {
    /// Attempts kept when a task is published again; the latest ones are the telling ones.
    package static let historyLimit = 20
    /// Characters of an error's message in the history: all headers of a message must fit one frame of 128 KiB.
    private static let longestMessage = 500

    /// The attempts as the JSON text of header `x-moltbot-attempts`: the last ``historyLimit`` of them.
    package static func encodeHistory(_ attempts: [TaskAttempt]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for var attempt in attempts.suffix(historyLimit) {
            if let message = attempt.error?.message { attempt.error?.message = String(message.prefix(longestMessage)) }
            writer.attempt(attempt)
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The attempts of such a header. An unreadable one counts as empty: history is for people, a task never fails over it.
    package static func decodeHistory(_ text: String) -> [TaskAttempt] {
        guard let document = try? JSONValue.parse(text) else { return [] }
        return EventReader().attempts(document).suffix(historyLimit)
    }
}
