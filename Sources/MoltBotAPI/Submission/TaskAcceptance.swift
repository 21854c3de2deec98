internal import HTTPTypes
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// Takes tasks: those that come with an idempotency key once, however often and at whichever node they are sent.
struct TaskAcceptance: Sendable {
    struct Accepted {
        var id: TaskID
        var status: TaskStatus
        var createdAt: Timestamp
        /// A request with its key was taken before.
        var isRepetition = false
    }

    let intake: TaskIntake
    let reader: TaskReader
    let ongoing = OngoingAcceptances()

    /// Returns once the broker has the task, or had it before.
    /// - Throws: 422 for a key that another payload was sent with; 429 and 503 when the task can't be taken now, also because nobody can
    ///   say now whether it was taken before.
    func accept(_ task: TaskSubmission) async throws(Problem) -> Accepted {
        guard let fingerprint = task.fingerprint else { return try await take(task) }
        let key = OngoingAcceptances.Key(id: task.id, workspace: task.workspace)
        while let earlier = await ongoing.end(ofFirst: key) {
            if earlier.fingerprint == fingerprint {
                var accepted = try earlier.result.get()
                accepted.isRepetition = true
                return accepted
            }
            // What became of another payload says nothing about this one, unless it has the key now.
            guard case .success = earlier.result else { continue }
            guard let repetition = try await repetition(of: task) else { throw .keyUsed }
            return repetition
        }
        let result: Result<Accepted, Problem>
        do throws(Problem) {
            if let repetition = try await repetition(of: task) {
                result = .success(repetition)
            } else {
                result = .success(try await take(task))
            }
        } catch {
            result = .failure(error)
        }
        ongoing.ended(key, OngoingAcceptances.End(fingerprint: fingerprint, result: result))
        return try result.get()
    }

    private func repetition(of task: TaskSubmission) async throws(Problem) -> Accepted? {
        guard let known = try await known(task) else { return nil }
        return Accepted(id: known.id, status: known.status, createdAt: known.createdAt, isRepetition: true)
    }

    private func take(_ task: TaskSubmission) async throws(Problem) -> Accepted {
        do {
            try await intake.take(task)
        } catch {
            throw Problem(error)
        }
        // Of two that were sent at the same moment on two nodes the first one in the stream counts; that the ledger is behind
        // changes nothing about what was taken.
        do {
            _ = try await known(task)
        } catch  where error == .keyUsed {
            throw error
        } catch {}
        return Accepted(id: task.id, status: .queued, createdAt: task.createdAt)
    }

    /// What a request with the task's key was taken as.
    /// - Throws: 503 when that can't be said now. A task that was sent again on the chance would be in the queue twice, and workers that
    ///   ask a ledger which is behind get no answer either.
    private func known(_ task: TaskSubmission) async throws(Problem) -> TaskRecord? {
        guard let fingerprint = task.fingerprint else { return nil }
        let record: TaskRecord?
        do {
            try await reader.service.waitUntilRead()
            record = try await reader.store.task(task.id, in: task.workspace)?.record
        } catch {
            throw Problem(error)
        }
        guard let known = record else { return nil }
        guard known.fingerprint == nil || known.fingerprint == fingerprint else { throw .keyUsed }
        return known
    }
}

extension Problem {
    /// The draft's word for it (draft-ietf-httpapi-idempotency-key-header-07, 2.7).
    static let keyUsed = Problem(
        .unprocessableContent, "idempotency-key-used", "The Idempotency-Key is in use",
        "Another payload was sent with this Idempotency-Key before; nothing was done.",
        remedy: "Send the payload with a key of its own, or the same payload as before.")
}
