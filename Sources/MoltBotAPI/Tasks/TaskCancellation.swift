internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// Cancels tasks: the broker keeps the order for workers to come, and those that run say at once what it means for them.
struct TaskCancellation: Sendable {
    /// Workers answer at once; this is for one that is busy or far away.
    private static let patience = Duration.milliseconds(1500)
    /// From a worker's word to the end in the ledger: a model call is dropped in milliseconds.
    private static let endPatience = Duration.seconds(5)

    let control: ControlLine
    let store: LedgerStore

    /// 200 when the task has ended as cancelled, 202 when it will, 409 when it ended otherwise, 503 when the order could not be given.
    func cancel(_ detail: TaskDetail) async throws -> Response {
        let record = detail.record
        if record.status == .cancelled { return answer(.ok, record, "The task is cancelled.") }
        guard !record.status.isTerminal else { throw tooLate(record) }
        let answers: [ControlAnswer]
        do {
            answers = try await control.ask(.cancel([record.id], of: record.workspace), within: Self.patience) {
                !$0.flatMap(\.running).isEmpty
            }
        } catch {
            throw Problem(
                .serviceUnavailable, "broker-away", "The broker is away", "The broker has not confirmed the order to cancel.",
                remedy: "Cancel again; an order that is given twice counts once."
            )
            .retry(afterSeconds: 2)
        }
        if !answers.flatMap(\.running).isEmpty { return try await ended(record, orElse: "A worker is ending the task.") }
        // Workers that know of its end and of nothing else say nothing.
        let known = try await current(record)
        if let known, known.record.status.isTerminal { return try verdict(known.record) }
        // What waits is ended by marks and kept orders, and these are for a task's first life.
        guard record.redrives == 0 else {
            throw Problem(
                .serviceUnavailable, "no-worker", "No worker runs the task",
                "No worker has said within \(Self.patience) that it runs the task. It was put back after its end, and such a task can only "
                    + "be cancelled while it runs.",
                remedy: "Cancel again once a worker for workspace \"\(record.workspace)\" runs it."
            ).retry(afterSeconds: 5)
        }
        return answer(
            .accepted, record,
            "The task is not running. It ends as cancelled, without a call of a model, when a worker gets it"
                + (record.runAt.map { $0 > .now() ? ", at \($0)." : "." } ?? "."))
    }

    private func current(_ record: TaskRecord) async throws(Problem) -> TaskDetail? {
        do {
            return try await store.task(record.id, in: record.workspace)
        } catch {
            throw Problem(error)
        }
    }

    private func ended(_ record: TaskRecord, orElse text: String) async throws(Problem) -> Response {
        // The order stands, whatever the ledger can say: more may wait for it than it takes.
        let detail = try? await store.waitForEnd(of: record.id, in: record.workspace, within: Self.endPatience)
        guard let detail, detail.record.status.isTerminal else { return answer(.accepted, record, text) }
        return try verdict(detail.record)
    }

    private func verdict(_ record: TaskRecord) throws(Problem) -> Response {
        guard record.status == .cancelled else { throw tooLate(record) }
        return answer(.ok, record, "The task is cancelled.")
    }

    private func tooLate(_ record: TaskRecord) -> Problem {
        Problem(
            .conflict, "already-ended", "The task has ended", "The task ended as \(record.status.rawValue) before it could be cancelled.")
    }

    private func answer(_ status: HTTPResponse.Status, _ record: TaskRecord, _ detail: String) -> Response {
        .json(status) { writer in
            writer.beginObject()
            writer.member("task_id", record.id.rawValue)
            writer.member("status", status == .ok ? TaskStatus.cancelled.rawValue : "cancelling")
            writer.member("detail", detail)
            writer.endObject()
        }
    }
}
