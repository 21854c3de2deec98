/// Something that happened to a task, as a CloudEvents 1.0 event.
package struct TaskEvent: Sendable, Equatable {
    package static let contentType = "application/cloudevents+json"

    package enum Payload: Sendable, Equatable {
        case outcome(TaskOutcome)
        case progress(TaskProgress)
    }

    package let id: String
    package let type: TaskEventType
    /// A URI reference that names the workspace: `/moltbot/default`.
    package let source: String
    package let time: Timestamp
    package let payload: Payload

    init(id: String, type: TaskEventType, source: String, time: Timestamp, payload: Payload) {
        self.id = id
        self.type = type
        self.source = source
        self.time = time
        self.payload = payload
    }

    /// The event that announces an outcome.
    ///
    /// A terminal event's id follows from the task's, so that publishing it again after a crash or a lost confirm gives receivers the
    /// same id, and they drop the second one. All other events get an id of their own.
    /// - Parameter redrives: how often the task was put back after it had ended; each time is a life of its own with one end.
    package init(_ outcome: TaskOutcome, redrives: Int = 0, at time: Timestamp = .now()) {
        self.init(
            id: outcome.status.isTerminal
                ? Self.terminalEventID(for: outcome.taskID, redrives: redrives) : UUIDText.version7(at: time),
            type: TaskEventType(announcing: outcome.status),
            source: Self.source(of: outcome.workspace), time: time, payload: .outcome(outcome))
    }

    package init(_ progress: TaskProgress, at time: Timestamp = .now()) {
        self.init(
            id: UUIDText.version7(at: time), type: .progress, source: Self.source(of: progress.workspace), time: time,
            payload: .progress(progress))
    }

    /// `<task id>-terminal`, and `<task id>-terminal-1` after the first redrive; it fits an AMQP short string. No dot: webhook
    /// signatures join their parts with dots.
    package static func terminalEventID(for task: TaskID, redrives: Int = 0) -> String {
        redrives == 0 ? task.rawValue + "-terminal" : "\(task.rawValue)-terminal-\(redrives)"
    }

    package var taskID: TaskID {
        switch payload {
        case .outcome(let outcome): outcome.taskID
        case .progress(let progress): progress.taskID
        }
    }

    package var workspace: Workspace {
        switch payload {
        case .outcome(let outcome): outcome.workspace
        case .progress(let progress): progress.workspace
        }
    }

    /// The outcome, unless this is a progress event.
    package var outcome: TaskOutcome? {
        if case .outcome(let outcome) = payload { outcome } else { nil }
    }

    private static func source(of workspace: Workspace) -> String { "/moltbot/" + workspace.name }
}
