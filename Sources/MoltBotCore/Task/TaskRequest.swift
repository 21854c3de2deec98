/// What a program asks MoltBot to do: the body of a message on `moltbot.tasks` (message contract v1).
///
/// Optional settings that are nil were not given; the worker's own defaults apply to them.
package struct TaskRequest: Sendable, Equatable {
    package var content: Content
    /// Follows from the content.
    package var operation: Operation { content.operation }
    /// The model's name in MoltBot's registry, not the provider's.
    package var model: String?
    /// Models to try, in this order, when `model` cannot answer.
    package var fallbacks: [String]
    package var strategy: Strategy?
    package var parameters: TaskParameters
    /// The longest that one attempt may take.
    package var timeout: Duration?
    /// After this moment nobody wants the answer any more: the task expires.
    package var deadline: Timestamp?
    /// Not to be started before this moment.
    package var runAt: Timestamp?
    /// Attempts after the first one.
    package var maxRetries: Int?
    package var cache: CacheMode
    /// How old a stored answer may be, and how long this one is kept; nil leaves it to the worker.
    package var cacheLifetime: Duration?
    /// Two tasks of a workspace with the same key are paid for once.
    package var idempotencyKey: String?
    package var stream: Bool
    package var callback: TaskCallback?
    /// The short form of a callback for `task.completed` alone.
    package var onCompleteURL: String?
    /// The same for `task.failed`, `task.cancelled` and `task.expired`.
    package var onErrorURL: String?
    /// Echoed in every event of the task; strings, numbers and booleans.
    package var metadata: [String: JSONValue]

    package init(
        content: Content, model: String? = nil, fallbacks: [String] = [], strategy: Strategy? = nil,
        parameters: TaskParameters = TaskParameters(), timeout: Duration? = nil, deadline: Timestamp? = nil, runAt: Timestamp? = nil,
        maxRetries: Int? = nil, cache: CacheMode = .off, cacheLifetime: Duration? = nil, idempotencyKey: String? = nil,
        stream: Bool = false,
        callback: TaskCallback? = nil, onCompleteURL: String? = nil, onErrorURL: String? = nil, metadata: [String: JSONValue] = [:]
    ) {
        self.content = content
        self.model = model
        self.fallbacks = fallbacks
        self.strategy = strategy
        self.parameters = parameters
        self.timeout = timeout
        self.deadline = deadline
        self.runAt = runAt
        self.maxRetries = maxRetries
        self.cache = cache
        self.cacheLifetime = cacheLifetime
        self.idempotencyKey = idempotencyKey
        self.stream = stream
        self.callback = callback
        self.onCompleteURL = onCompleteURL
        self.onErrorURL = onErrorURL
        self.metadata = metadata
    }
}

extension TaskRequest {
    /// Everything that wants to hear of this task, in one form.
    package var callbacks: [TaskCallback] {
        [
            callback, onCompleteURL.map { TaskCallback(url: $0, events: [.completed]) },
            onErrorURL.map { TaskCallback(url: $0, events: [.failed, .cancelled, .expired]) },
        ].compactMap(\.self)
    }

    /// What the model is given; exactly one of three fields of the contract.
    package enum Content: Sendable, Equatable {
        /// A single user message.
        case prompt(String)
        /// OpenAI chat messages: objects with a `role`, otherwise passed through.
        case messages([JSONValue])
        /// What to embed: a string, strings, token numbers, or lists of token numbers.
        case input(JSONValue)

        package var operation: Operation {
            if case .input = self { .embedding } else { .chat }
        }
    }

    package enum Operation: String, Sendable, CaseIterable {
        case chat
        case embedding
    }

    /// How one of several deployments of a model is chosen.
    package enum Strategy: String, Sendable, CaseIterable {
        case availability
        case load
        case cost
        case latency
        case weighted
        case random
    }

    package enum CacheMode: String, Sendable, CaseIterable {
        case off
        /// Use a stored answer, store none.
        case read
        /// Use and store.
        case on
    }
}
