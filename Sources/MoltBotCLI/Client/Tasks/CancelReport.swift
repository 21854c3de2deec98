import MoltBotCore
import MoltBotMessaging

/// What the workers said to a request to cancel tasks.
struct CancelReport: Equatable {
    enum Standing: String {
        /// A worker runs it and is ending it.
        case cancelling
        /// No worker that answered runs it; the ones that answered end it as cancelled when it comes to them.
        case marked
        /// The workers that answered have nothing to do for it: one of them knows of its end.
        case ended
        /// No worker answered; the broker keeps the order for the next one.
        case unanswered
    }

    /// In the order of the request.
    let standings: [(id: TaskID, standing: Standing)]

    init(_ ids: [TaskID], _ answers: [ControlAnswer]) {
        let running = Set(answers.flatMap(\.running))
        let marked = Set(answers.flatMap(\.marked))
        standings = ids.map { id in
            (id, running.contains(id) ? .cancelling : marked.contains(id) ? .marked : answers.isEmpty ? .unanswered : .ended)
        }
    }

    static func == (left: CancelReport, right: CancelReport) -> Bool {
        left.standings.elementsEqual(right.standings) { $0 == $1 }
    }
}

extension CancelReport.Standing {
    var forPeople: String {
        switch self {
        case .cancelling: "running; it is being cancelled"
        case .marked: "not running; it ends as cancelled when a worker gets it (a task that has ended stays as it is)"
        case .ended: "it has ended before, and stays as it is (one that was put back with `dead retry` runs)"
        case .unanswered: "no worker answered; it ends as cancelled when one gets it (the broker keeps the order)"
        }
    }
}
