public import FoundationEssentials

extension MoltBot {
    /// Where a task stands and, once its status is terminal, how it ended. What is not known yet is nil.
    public struct Outcome: Sendable, Hashable {
        public let taskID: String
        public let workspace: String
        public let status: Status
        public let model: String?
        public let provider: String?
        /// Which of the model's deployments answered.
        public let deployment: String?
        /// The answer's text.
        public let result: String?
        /// The assistant's whole message in OpenAI's form, with tool calls; for embeddings the array of vectors.
        public let message: JSON?
        public let finishReason: String?
        public let usage: Usage?
        /// US dollars; nil when the price is unknown, which is not the same as free.
        public let cost: Double?
        /// True when no model was called: another task with the same question had the answer.
        public let isCached: Bool
        public let attempts: [Attempt]
        public let createdAt: Date?
        public let startedAt: Date?
        public let completedAt: Date?
        /// From creation to the first start.
        public let queueTime: Duration?
        /// As the task's sender gave it.
        public let metadata: [String: JSON]
        public let failure: Failure?

        /// The answer of a completed task.
        /// - Throws: ``MoltBotError`` with code `taskFailed` when the task ended otherwise.
        public func text() throws(MoltBotError) -> String {
            guard status == .completed else {
                let reason = failure.map { ": \($0)" } ?? ""
                throw MoltBotError(
                    .taskFailed, "task \(taskID) \(status.rawValue)\(reason)", isRetriable: failure?.isRetryable ?? false)
            }
            return result ?? ""
        }
    }

    /// Tokens of a call, in OpenAI's way of counting.
    public struct Usage: Sendable, Hashable {
        public let inputTokens: Int
        public let outputTokens: Int
        /// Of the input: read from the provider's prompt cache.
        public let cachedInputTokens: Int
        /// Of the input: written to the provider's prompt cache.
        public let cacheWriteInputTokens: Int
        /// Of the output.
        public let reasoningTokens: Int

        public var totalTokens: Int { inputTokens + outputTokens }
    }

    /// One call of a model for a task.
    public struct Attempt: Sendable, Hashable {
        /// Counted from 1.
        public let number: Int
        public let deployment: String?
        public let startedAt: Date
        public let duration: Duration
        /// Nil for the attempt that gave the answer.
        public let failure: Failure?
    }

    /// What a task or an attempt failed by.
    public struct Failure: Sendable, Hashable, CustomStringConvertible {
        /// For programs: `invalid_task`, `rate_limited`, `timeout`, `deadline_exceeded` ...; the contract lists them.
        public let type: String
        /// For people.
        public let message: String
        /// The provider's HTTP status, where there was one.
        public let status: Int?
        /// True when the same task may succeed later.
        public let isRetryable: Bool

        public var description: String { "\(type): \(message)" }
    }
}
