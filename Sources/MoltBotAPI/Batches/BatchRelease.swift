internal import Logging
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// Hands the tasks of batches to the workers, as many of each batch at once as it allows; ``BatchCourse`` decides how many that are.
struct BatchRelease: Sendable {
    let session: BrokerSession
    let ledger: LedgerService
    let news: BatchNews

    /// Works until cancelled or shut down.
    func run() async {
        let inbox = BatchInbox(session)
        await inbox.run { batch, notes, queue in await release(BatchCourse(batch, notes), queue, inbox) }
    }

    private func release(_ course: BatchCourse, _ queue: BatchQueue, _ inbox: BatchInbox) async -> BatchInbox.Verdict {
        var course = course
        var turn = BatchTurn(at: .now)
        let changes = news.subscribe(to: course.batch.id)
        defer { news.unsubscribe(changes, from: course.batch.id) }
        var isKnownLost = false
        while !Task.isCancelled, !queue.isTakenBack, !turn.isOver(at: .now) {
            let before = course.notes.unchangedSince
            do {
                switch try await go(&course, queue) {
                case .done:
                    return .done
                case .lost:
                    if !isKnownLost {
                        session.logger.error(
                            "The queue of a batch is gone, with the tasks that waited in it", metadata: metadata(course.batch))
                    }
                    isKnownLost = true
                case .release, .excuse, .rest:
                    break
                }
            } catch {
                session.logger.warning("A batch can't go on now; trying again", metadata: metadata(course.batch, ["error": "\(error)"]))
            }
            if course.notes.unchangedSince != before { turn.changed(at: .now) }
            if turn.looks(at: .now), turn.looked(hasOthers: await inbox.hasOthers(), at: .now) { break }
            await changes.next(within: turn.pause(at: .now))
        }
        return .later(course.notes)
    }

    private func go(_ course: inout BatchCourse, _ queue: BatchQueue) async throws -> BatchCourse.Step {
        let batch = course.batch
        try await ledger.waitUntilRead()
        let record = try await ledger.store.batch(batch.id, in: batch.workspace)
        // It was sent twice at the same moment, and the other one came first: that one runs.
        if let place = record?.acceptance?.place, place != batch.place { return .done }
        if course.needsUse(at: .now()) {
            try await queue.use()
            course.used(at: .now())
        }
        let sight = BatchCourse.Sight(waiting: try await queue.count(), heard: record?.heard ?? 0, ended: record?.ended ?? 0)
        let step = course.saw(sight, at: .now())
        switch step {
        case .release(let count):
            try await queue.release(count)
        case .excuse(let count):
            session.logger.warning(
                "No task of a batch has ended for a day; letting others through", metadata: metadata(batch, ["count": "\(count)"]))
            try await queue.release(count)
        case .rest, .lost, .done:
            break
        }
        return step
    }

    private func metadata(_ batch: TaskBatch, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        more.merging(["moltbot.batch.id": "\(batch.id)"], uniquingKeysWith: { own, _ in own })
    }
}
