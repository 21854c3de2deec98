/// What happened to a task: the `type` of its event and the end of the event's routing key.
package enum TaskEventType: String, Sendable, CaseIterable {
    case queued = "task.queued"
    case started = "task.started"
    case progress = "task.progress"
    case retrying = "task.retrying"
    case completed = "task.completed"
    case failed = "task.failed"
    case cancelled = "task.cancelled"
    case expired = "task.expired"

    package static let terminal: [TaskEventType] = [.completed, .failed, .cancelled, .expired]

    /// The status of a task after this event.
    package var status: TaskStatus {
        switch self {
        case .queued: .queued
        case .started, .progress: .running
        case .retrying: .retrying
        case .completed: .completed
        case .failed: .failed
        case .cancelled: .cancelled
        case .expired: .expired
        }
    }

    package var isTerminal: Bool { status.isTerminal }

    /// The event that announces a status.
    package init(announcing status: TaskStatus) {
        switch status {
        case .queued: self = .queued
        case .running: self = .started
        case .retrying: self = .retrying
        case .completed: self = .completed
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .expired: self = .expired
        }
    }
}
