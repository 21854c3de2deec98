public import FoundationEssentials

extension MoltBot {
    /// What a model is asked to do. A string alone is a prompt with everything else at its default:
    ///
    ///     try await bot.submit("Explain quantum computing in one sentence")
    ///
    /// Settings that are nil leave it to the worker.
    public struct Request: Sendable, Hashable {
        /// The task's own name, 1 to 240 visible ASCII characters; nil makes a UUID. A program that submits it again because it
        /// does not know whether the first time went well gets one outcome; a worker may have called the model, and paid, twice. An
        /// ``idempotencyKey`` keeps it from that.
        public var id: String?
        public var content: Content
        /// The model's name in MoltBot's settings or registry, not the provider's.
        public var model: String?
        /// Models to try, in this order, when ``model`` can't answer.
        public var fallbacks: [String] = []
        public var strategy: Strategy?
        /// Passed to the provider as given: `temperature`, `max_tokens`, `stop`, `tools`, `response_format`, `seed` ...
        public var parameters: [String: JSON] = [:]
        /// For one attempt, at most a day.
        public var timeout: Duration?
        /// After this moment nobody wants the answer any more: the task expires.
        public var deadline: Date?
        /// Not to be started before this moment.
        public var runAt: Date?
        /// Attempts after the first one, 0 to 100.
        public var maxRetries: Int?
        public var cache = Cache.off
        /// How old a stored answer may be, and how long this one is kept, at most 30 days; nil leaves it to the worker.
        public var cacheLifetime: Duration?
        /// Two tasks of a workspace with the same key are paid for once.
        public var idempotencyKey: String?
        /// Told by HTTP what becomes of this task.
        public var callback: Callback?
        /// The short form of a callback for a task that was completed.
        public var onCompleteURL: String?
        /// The same for one that failed, was cancelled or expired.
        public var onErrorURL: String?
        /// Comes back in every event of the task: at most 64 strings, numbers and booleans.
        public var metadata: [String: JSON] = [:]

        /// One message of a user.
        public init(_ prompt: String, model: String? = nil, parameters: [String: JSON] = [:]) {
            content = .prompt(prompt)
            self.model = model
            self.parameters = parameters
        }

        /// A conversation in OpenAI's form: objects with `role` and `content`.
        public init(messages: [JSON], model: String? = nil, parameters: [String: JSON] = [:]) {
            content = .messages(messages)
            self.model = model
            self.parameters = parameters
        }

        /// Texts to embed.
        public init(embedding texts: [String], model: String? = nil) {
            content = .embedding(texts)
            self.model = model
        }
    }
}

extension MoltBot.Request {
    public enum Content: Sendable, Hashable {
        case prompt(String)
        case messages([MoltBot.JSON])
        case embedding([String])
    }

    /// How one of several deployments of a model is chosen.
    public enum Strategy: String, Sendable, CaseIterable {
        case availability, load, cost, latency, weighted, random
    }

    /// Whether stored answers are used.
    public enum Cache: String, Sendable, CaseIterable {
        case off
        /// Use a stored answer, store none.
        case read
        /// Use and store.
        case on
    }
}

extension MoltBot.Request: ExpressibleByStringInterpolation {
    public init(stringLiteral prompt: String) { self.init(prompt) }
}
