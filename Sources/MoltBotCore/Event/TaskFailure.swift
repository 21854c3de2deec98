/// The `error` object of the contract.
package struct TaskFailure: Sendable, Equatable {
    /// `invalid_task`, `deadline_exceeded`, `poison` or the raw value of a ``ModelError/Kind``.
    package var type: String
    package var message: String
    /// The provider's HTTP status, when there was one.
    package var status: Int?
    package var isRetryable: Bool

    package init(type: String, message: String, status: Int? = nil, isRetryable: Bool = false) {
        self.type = type
        self.message = message
        self.status = status
        self.isRetryable = isRetryable
    }

    package init(_ error: ModelError) {
        self.init(type: error.kind.rawValue, message: error.message, status: error.status, isRetryable: error.isRetryable)
    }

    package init(_ error: InvalidTask) {
        self.init(type: "invalid_task", message: error.description)
    }
}
